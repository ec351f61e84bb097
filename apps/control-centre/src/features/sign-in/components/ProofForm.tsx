import { type ReactNode, useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import { CodeField } from '../../../components/ui/CodeField.tsx';
import { Button, Group, Stack } from '../../../components/ui/mantine.ts';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';

interface Properties {
  /** The verb on the button. */
  readonly action: string;
  readonly dangerous?: boolean;
  /** False where no second factor is on. */
  readonly needsCode?: boolean;
  readonly pending: boolean;
  readonly error: unknown;
  /** In the place of the usual one. */
  readonly alert?: ReactNode;
  /** Further fields, above the password. */
  readonly children?: ReactNode;
  readonly onProof: (proof: { readonly password: string; readonly code: string }) => void;
}

/** Password and code once more, before what must not be done on a page that was left open. */
export function ProofForm(properties: Properties) {
  const { action, dangerous = false, needsCode = true, pending, error, alert, children, onProof } = properties;
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onProof({ password, code });
      }}
    >
      <Stack>
        {children}
        <PasswordField
          label="Password"
          autoComplete="current-password"
          required
          {...(children === undefined ? { 'data-autofocus': true } : {})}
          value={password}
          error={placeOf(error, '/password')}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {needsCode && (
          <CodeField
            value={code}
            error={placeOf(error, '/code')}
            description="Six digits of the authenticator app, or a recovery code."
            onChange={setCode}
          />
        )}
        {alert ?? <ProblemAlert error={error} placed={['/password', '/code']} />}
        <Group justify="flex-end">
          <Button type="submit" {...(dangerous ? { color: 'red.9' } : {})} loading={pending}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
