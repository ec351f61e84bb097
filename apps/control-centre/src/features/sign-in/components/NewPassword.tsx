import { Progress, Stack } from '../../../components/ui/mantine.ts';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';
import { judgePassword } from '../password-strength.ts';

interface Properties {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

/** A new password with what its strength is and what is wrong with it. */
export function NewPassword({ label, name, value, error, onChange }: Properties) {
  const { strength, acceptable, advice } = judgePassword(value, name);
  return (
    <Stack gap={6}>
      <PasswordField
        label={label}
        autoComplete="new-password"
        required
        value={value}
        // The advice says what is wrong with one that the keep refused.
        error={error === undefined || acceptable ? error : advice}
        description={
          <span role="status">
            {error === undefined || acceptable ? `${advice} ` : ''}Several words are easier to keep in mind than signs.
          </span>
        }
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Progress
        value={strength}
        size="sm"
        color={!acceptable ? 'red.8' : strength < 70 ? 'yellow.8' : 'teal.8'}
        aria-label="Strength of the password"
      />
    </Stack>
  );
}
