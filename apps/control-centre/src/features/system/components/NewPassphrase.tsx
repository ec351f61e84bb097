import { Notice } from '../../../components/ui/Notice.tsx';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';

export interface TypedPassphrase {
  readonly passphrase: string;
  readonly again: string;
}

interface Properties {
  readonly value: TypedPassphrase;
  readonly error: string | undefined;
  /** It has the focus once the dialog opens. */
  readonly focused?: boolean;
  readonly onChange: (value: TypedPassphrase) => void;
}

/** A passphrase that is typed twice. */
export function NewPassphrase({ value, error, focused = false, onChange }: Properties) {
  const { passphrase, again } = value;
  return (
    <>
      <Notice title="Write the passphrase down">
        Without it the backup opens for no one, you included. Keep it where the keep is not.
      </Notice>
      <PasswordField
        label="Passphrase"
        description="At least 12 characters."
        autoComplete="new-password"
        required
        {...(focused ? { 'data-autofocus': true } : {})}
        value={passphrase}
        error={error}
        onChange={(event) => onChange({ passphrase: event.currentTarget.value, again })}
      />
      <PasswordField
        label="The passphrase again"
        autoComplete="new-password"
        required
        value={again}
        error={again !== '' && again !== passphrase ? 'The two differ.' : undefined}
        onChange={(event) => onChange({ passphrase, again: event.currentTarget.value })}
      />
    </>
  );
}
