import { useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import { CodeField } from '../../../components/ui/CodeField.tsx';
import { Button, Group, Stack } from '../../../components/ui/mantine.ts';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';

interface Properties {
  /** The verb on the button. */
  readonly action: string;
  readonly dangerous?: boolean;
  readonly pending: boolean;
  readonly error: unknown;
  readonly onProof: (proof: { readonly password: string; readonly code: string }) => void;
}

/** Password and code once more, before the second factor is changed. */
export function ProofForm({ action, dangerous = false, pending, error, onProof }: Properties) {
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
        <PasswordField
          label="Password"
          autoComplete="current-password"
          required
          data-autofocus
          value={password}
          error={placeOf(error, '/password')}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <CodeField
          value={code}
          error={placeOf(error, '/code')}
          description="Six digits of the authenticator app, or a recovery code."
          onChange={setCode}
        />
        <ProblemAlert error={error} placed={['/password', '/code']} />
        <Group justify="flex-end">
          <Button type="submit" {...(dangerous ? { color: 'red.9' } : {})} loading={pending}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
