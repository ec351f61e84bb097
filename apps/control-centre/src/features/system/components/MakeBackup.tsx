import { useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import { CodeField } from '../../../components/ui/CodeField.tsx';
import { Button, Group, Stack, Text } from '../../../components/ui/mantine.ts';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useMakeBackup } from '../queries.ts';
import { NewPassphrase } from './NewPassphrase.tsx';

/** Asks for the passphrase of a new backup, and for the password again. */
export function MakeBackup({ needsCode, onBegun }: { readonly needsCode: boolean; readonly onBegun: () => void }) {
  const [typed, setTyped] = useState({ passphrase: '', again: '' });
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const make = useMakeBackup();
  const { passphrase, again } = typed;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (again !== passphrase) return;
        make.mutate({ password, passphrase, ...(needsCode ? { code } : {}) }, { onSuccess: onBegun });
      }}
    >
      <Stack>
        <NewPassphrase value={typed} error={placeOf(make.error, '/passphrase')} focused onChange={setTyped} />
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
