import { useState } from 'react';
import { Button, Stack, TextInput } from '../../../components/ui/mantine.ts';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useSignIn } from '../queries.ts';

export function SignInForm({ onDone }: { readonly onDone?: () => void }) {
  const [name, setName] = useState('admin');
  const [password, setPassword] = useState('');
  const signIn = useSignIn();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        signIn.mutate({ name, password }, { onSuccess: () => onDone?.() });
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
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <ProblemAlert error={signIn.error} />
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
