import { useSyncExternalStore } from 'react';
import { confirmation } from '../../../api/confirmation.ts';
import { useSecondFactor } from '../../../api/lookups.ts';
import { Button, Modal, Stack, Text } from '../../../components/ui/mantine.ts';
import { obstacleTo, usePasskeyConfirmation, usePasskeyPlace } from '../passkeys.ts';
import { useConfirmation } from '../queries.ts';
import { PasskeyAlert } from './PasskeyAlert.tsx';
import { ProofForm } from '../../../components/ui/ProofForm.tsx';

const given = (): void => confirmation.settle(true);

function Confirmation({ needsCode }: { readonly needsCode: boolean }) {
  const confirm = useConfirmation();
  const byPasskey = usePasskeyConfirmation();
  const place = usePasskeyPlace();
  return (
    <Stack>
      <Text size="sm">
        It is more than five minutes since you signed in, and what you are about to do is worth asking: it lets code
        run, lets data be deleted, or lets data out.
      </Text>
      <ProofForm
        action="Go on"
        needsCode={needsCode}
        pending={confirm.isPending}
        error={confirm.error}
        onProof={({ password, code }) =>
          confirm.mutate(needsCode ? { password, code } : { password }, { onSuccess: given })
        }
      />
      {place.data !== undefined && obstacleTo(place.data) === undefined && (
        <>
          <PasskeyAlert error={byPasskey.error} />
          <Button
            variant="default"
            loading={byPasskey.isPending}
            onClick={() => byPasskey.mutate(undefined, { onSuccess: given })}
          >
            Use a passkey
          </Button>
        </>
      )}
    </Stack>
  );
}

/** Covers the page while a request waits for its owner's proof; the request is sent again after it. */
export function ConfirmationDialog() {
  const isAsked = useSyncExternalStore(confirmation.subscribe, () => confirmation.isAsked);
  const factor = useSecondFactor();
  return (
    <Modal
      // Once it is known what to ask for: a field that came later would move the button under the pointer.
      opened={isAsked && !factor.isPending}
      onClose={() => confirmation.settle(false)}
      // Above a dialog that is open already, and below that of an expired session.
      zIndex={900}
      title="Confirm that it is you"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Confirmation needsCode={typeof factor.data?.enabledAt === 'string'} />
    </Modal>
  );
}
