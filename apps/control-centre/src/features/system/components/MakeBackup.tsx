import { useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import { Text } from '../../../components/ui/mantine.ts';
import { ProofForm } from '../../../components/ui/ProofForm.tsx';
import { useMakeBackup } from '../queries.ts';
import { NewPassphrase } from './NewPassphrase.tsx';

/** Asks for the passphrase of a new backup, and for the password again. */
export function MakeBackup({ needsCode, onBegun }: { readonly needsCode: boolean; readonly onBegun: () => void }) {
  const [typed, setTyped] = useState({ passphrase: '', again: '' });
  const make = useMakeBackup();
  const { passphrase, again } = typed;
  return (
    <ProofForm
      label="Your password"
      description="Once more, since a backup has everything in it."
      action="Make it"
      needsCode={needsCode}
      pending={make.isPending}
      error={make.error}
      placed={['/passphrase']}
      onProof={({ password, code }) => {
        if (again !== passphrase) return;
        make.mutate({ password, passphrase, ...(needsCode ? { code } : {}) }, { onSuccess: onBegun });
      }}
    >
      <Text size="sm">The keep goes on serving meanwhile.</Text>
      <NewPassphrase value={typed} error={placeOf(make.error, '/passphrase')} focused onChange={setTyped} />
    </ProofForm>
  );
}
