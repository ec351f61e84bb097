import { useState } from 'react';
import { Stack, Text, TextInput } from '../../../components/ui/mantine.ts';
import { placeOf } from '../../../api/problem.ts';
import { useAddPasskey } from '../passkeys.ts';
import { PasskeyAlert } from './PasskeyAlert.tsx';
import { ProofForm } from '../../../components/ui/ProofForm.tsx';

interface Properties {
  readonly needsCode: boolean;
  readonly onDone: () => void;
}

/** A name for it, the password once more, and then the browser asks. */
export function AddPasskey({ needsCode, onDone }: Properties) {
  const [name, setName] = useState('');
  const add = useAddPasskey();
  return (
    <Stack>
      <Text size="sm">Your password once more; then the browser asks where to keep the passkey, and who you are.</Text>
      <ProofForm
        action="Go on"
        needsCode={needsCode}
        pending={add.isPending}
        error={add.error}
        alert={<PasskeyAlert error={add.error} placed={['/password', '/code', '/name']} />}
        onProof={(proof) => add.mutate({ name, ...proof }, { onSuccess: onDone })}
      >
        <TextInput
          label="Name"
          description="To tell it from the others: the device that keeps it, say."
          required
          maxLength={200}
          data-autofocus
          value={name}
          error={placeOf(add.error, '/name')}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </ProofForm>
    </Stack>
  );
}
