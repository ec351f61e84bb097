import { useSyncExternalStore } from 'react';
import { session } from '../../../api/session.ts';
import { Modal, Stack, Text } from '../../../components/ui/mantine.ts';
import { PasskeySignIn } from './PasskeySignIn.tsx';
import { SignInForm } from './SignInForm.tsx';

/** Covers the page while the session has expired. The page below keeps what was typed. */
export function ExpiredDialog() {
  const state = useSyncExternalStore(session.subscribe, () => session.state);
  return (
    <Modal
      opened={state === 'expired'}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      // Above a dialog that is open already.
      zIndex={1000}
      title="Your session has ended"
    >
      <Stack>
        <Text size="sm">Sign in again to go on where you are. What you typed is still there.</Text>
        <SignInForm />
        <PasskeySignIn />
      </Stack>
    </Modal>
  );
}
