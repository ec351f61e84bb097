import { useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import { CodeField } from '../../../components/ui/CodeField.tsx';
import { Button, Group, Stack, Text } from '../../../components/ui/mantine.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useMakeBackup } from '../queries.ts';

/** Asks for the passphrase of a new backup, and for the password again. */
export function MakeBackup({ needsCode, onBegun }: { readonly needsCode: boolean; readonly onBegun: () => void }) {
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const make = useMakeBackup();
  const differs = again !== '' && again !== passphrase;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (again !== passphrase) return;
        make.mutate({ password, passphrase, ...(needsCode ? { code } : {}) }, { onSuccess: onBegun });
      }}
    >
      <Stack>
        <Notice title="Write the passphrase down">
          Without it the backup opens for no one, you included. Keep it where the keep is not.
        </Notice>
        <PasswordField
          label="Passphrase"
          description="At least 12 characters."
          autoComplete="new-password"
          required
          data-autofocus
          value={passphrase}
          error={placeOf(make.error, '/passphrase')}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
        <PasswordField
          label="The passphrase again"
          autoComplete="new-password"
          required
          value={again}
          error={differs ? 'The two differ.' : undefined}
          onChange={(event) => setAgain(event.currentTarget.value)}
        />
        <PasswordField
          label="Your password"
          description="Once more, since a backup has everything in it."
          autoComplete="current-password"
          required
          value={password}
          error={placeOf(make.error, '/password')}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {needsCode && (
          <CodeField
            value={code}
            error={placeOf(make.error, '/code')}
            description="Six digits of the authenticator app, or a recovery code."
            onChange={setCode}
          />
        )}
        <ProblemAlert error={make.error} placed={['/passphrase', '/password', '/code']} />
        <Text size="sm">The keep goes on serving meanwhile.</Text>
        <Group justify="flex-end">
          <Button type="submit" loading={make.isPending}>
            Make it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
