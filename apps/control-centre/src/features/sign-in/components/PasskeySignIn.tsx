import { Button, Stack } from '../../../components/ui/mantine.ts';
import { obstacleTo, usePasskeyPlace, usePasskeySignIn } from '../passkeys.ts';
import { PasskeyAlert } from './PasskeyAlert.tsx';

/** A button that signs in without name and password; none where passkeys do not work. */
export function PasskeySignIn({ onDone }: { readonly onDone?: (() => void) | undefined }) {
  const place = usePasskeyPlace();
  const signIn = usePasskeySignIn();
  if (place.data === undefined || obstacleTo(place.data) !== undefined) return null;
  return (
    <Stack mt="md">
      <PasskeyAlert error={signIn.error} />
      <Button
        variant="default"
        loading={signIn.isPending}
        onClick={() => signIn.mutate(undefined, { onSuccess: () => onDone?.() })}
      >
        Sign in with a passkey
      </Button>
    </Stack>
  );
}
