import { useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import { CodeField } from '../../../components/ui/CodeField.tsx';
import { CopyText } from '../../../components/ui/CopyText.tsx';
import { Button, Group, Stack, Text } from '../../../components/ui/mantine.ts';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { QrCode } from '../../../components/ui/QrCode.tsx';
import { useBeginSecondFactor, useConfirmSecondFactor } from '../queries.ts';
import { RecoveryCodes } from './RecoveryCodes.tsx';

/** The steps: the password, the QR code and a code of the app, the recovery codes. */
export function EnableSecondFactor({ onDone }: { readonly onDone: () => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const begin = useBeginSecondFactor();
  const confirm = useConfirmSecondFactor();
  if (confirm.data !== undefined) return <RecoveryCodes codes={confirm.data.recoveryCodes} onDone={onDone} />;
  if (begin.data === undefined)
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault();
          begin.mutate({ password });
        }}
      >
        <Stack>
          <Text size="sm">First your password once more, so that nobody does this on a page that you left open.</Text>
          <PasswordField
            label="Password"
            autoComplete="current-password"
            required
            data-autofocus
            value={password}
            error={placeOf(begin.error, '/password')}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <ProblemAlert error={begin.error} placed={['/password']} />
          <Group justify="flex-end">
            <Button type="submit" loading={begin.isPending}>
              Go on
            </Button>
          </Group>
        </Stack>
      </form>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate({ code });
      }}
    >
      <Stack>
        <Text size="sm">Scan this with an authenticator app, or type the secret into it. It is shown this once.</Text>
        <QrCode text={begin.data.uri} label="The secret for the authenticator app as a QR code" />
        <CopyText label="the secret" text={begin.data.secret} />
        <CodeField
          value={code}
          error={placeOf(confirm.error, '/code')}
          description="Six digits that the app shows now."
          onChange={setCode}
        />
        <ProblemAlert error={confirm.error} placed={['/code']} />
        <Group justify="flex-end">
          <Button type="submit" loading={confirm.isPending}>
            Turn it on
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
