import { Anchor, Paper, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { usePageTitle } from '../../../components/ui/title.ts';
import { PasskeySignIn } from './PasskeySignIn.tsx';
import { SignInForm } from './SignInForm.tsx';

export function SignInPage({ onDone }: { readonly onDone: () => void }) {
  usePageTitle('Sign in');
  return (
    <Stack component="main" maw={380} mx="auto" p="md" pt="10vh">
      <Title order={1} size="h2">
        Your keep
      </Title>
      <Paper withBorder p="lg">
        <SignInForm onDone={onDone} />
        <PasskeySignIn onDone={onDone} />
      </Paper>
      <Text size="sm" c="dimmed">
        A lost password, or a lost second factor, is mended on the machine that the keep runs on:{' '}
        <code>npm run reset-password</code>. The{' '}
        <Anchor href="/docs" size="sm">
          API documents
        </Anchor>{' '}
        need no password.
      </Text>
    </Stack>
  );
}
