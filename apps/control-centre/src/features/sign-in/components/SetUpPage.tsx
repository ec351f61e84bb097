import { useState } from 'react';
import { isProblem, placeOf } from '../../../api/problem.ts';
import { Alert, Anchor, Button, Paper, Stack, Text, TextInput, Title } from '../../../components/ui/mantine.ts';
import { usePageTitle } from '../../../components/ui/title.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useSetUp, useSignIn } from '../queries.ts';
import { NewPassword } from './NewPassword.tsx';
import { RestoreBackup } from './RestoreBackup.tsx';

interface Properties {
  /**
   * From the link of the first start; it is the part behind the `#` and reaches the keep in this form's request only.
   */
  readonly setupToken: string | undefined;
  readonly onDone: () => void;
}

/** The first page of a keep: its owner is made here. */
export function SetUpPage({ setupToken, onDone }: Properties) {
  usePageTitle('Set up your keep');
  const [name, setName] = useState('admin');
  const [password, setPassword] = useState('');
  const setUp = useSetUp();
  const signIn = useSignIn();
  const [isRestoring, setRestoring] = useState(false);
  const error = setUp.error ?? signIn.error;
  return (
    <Stack component="main" maw={440} mx="auto" p="md" pt="8vh">
      <Title order={1} size="h2">
        Set up your keep
      </Title>
      <Text>
        {isRestoring
          ? 'A backup brings back all that was in the keep it was made of, your name and password too.'
          : 'Everything in it will be yours: apps get nothing until you agree. Choose how you sign in.'}
      </Text>
      {setupToken === undefined ? (
        <Alert color="red" variant="outline" title="This address has no set-up token" role="alert">
          Open the whole link that the first start printed; it ends in <code>#token=…</code>.
          {' A keep that has its owner: '}
          <Anchor href="/sign-in">sign in</Anchor>.
        </Alert>
      ) : isRestoring ? (
        <RestoreBackup setupToken={setupToken} />
      ) : (
        <Paper withBorder p="lg">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              setUp.mutate(
                { setupToken, name, password },
                { onSuccess: () => signIn.mutate({ name, password }, { onSuccess: onDone }) },
              );
            }}
          >
            <Stack>
              <TextInput
                label="Your name"
                description="What you sign in with. Apps do not see it."
                autoComplete="username"
                required
                value={name}
                error={placeOf(setUp.error, '/name')}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <NewPassword
                label="Password"
                name={name}
                value={password}
                error={placeOf(setUp.error, '/password')}
                onChange={setPassword}
              />
              <ProblemAlert error={error} placed={['/name', '/password']} />
              {(isProblem(error, 'already-set-up') || isProblem(error, 'setup-token-spent')) && (
                <Anchor href="/sign-in">Sign in instead</Anchor>
              )}
              <Button type="submit" loading={setUp.isPending || signIn.isPending}>
                Make this keep mine
              </Button>
            </Stack>
          </form>
        </Paper>
      )}
      {setupToken !== undefined && (
        <Anchor component="button" type="button" ta="start" onClick={() => setRestoring(!isRestoring)}>
          {isRestoring ? 'Begin with an empty keep instead' : 'Restore a backup instead'}
        </Anchor>
      )}
    </Stack>
  );
}
