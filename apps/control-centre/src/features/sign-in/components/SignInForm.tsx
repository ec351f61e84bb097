import { useState } from 'react';
import { isProblem } from '../../../api/problem.ts';
import { CodeField } from '../../../components/ui/CodeField.tsx';
import { Button, Stack, TextInput } from '../../../components/ui/mantine.ts';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useSignIn } from '../queries.ts';

export function SignInForm({ onDone }: { readonly onDone?: () => void }) {
  const [name, setName] = useState('admin');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const signIn = useSignIn();
  const isFirstAsk = isProblem(signIn.error, 'second-factor-required');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        signIn.mutate(needsCode ? { name, password, code } : { name, password }, {
          onSuccess: () => onDone?.(),
          onError: (error) => {
            if (isProblem(error, 'second-factor-required')) setNeedsCode(true);
          },
        });
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          name="username"
          autoComplete="username"
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          data-autofocus
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {needsCode && (
          <CodeField
            focused
            value={code}
            description="Six digits of the authenticator app, or a recovery code."
            onChange={setCode}
          />
        )}
        <ProblemAlert error={isFirstAsk ? null : signIn.error} />
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
