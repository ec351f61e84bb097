import { useState } from 'react';
import { useSecondFactor } from '../../../api/lookups.ts';
import type { Passkey } from '../../../api/operations.ts';
import { placeOf } from '../../../api/problem.ts';
import {
  Button,
  Group,
  Modal,
  Paper,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from '../../../components/ui/mantine.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
import { notifyDone } from '../../../components/ui/notify.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { When } from '../../../components/ui/When.tsx';
import { obstacleTo, usePasskeys, useRemovePasskey, useRenamePasskey } from '../passkeys.ts';
import { AddPasskey } from './AddPasskey.tsx';
import { ProofForm } from '../../../components/ui/ProofForm.tsx';

interface Act {
  readonly passkey: Passkey;
  readonly needsCode: boolean;
  readonly onDone: () => void;
}

function Rename({ passkey, onDone }: Act) {
  const [name, setName] = useState(passkey.name);
  const rename = useRenamePasskey();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate({ id: passkey.id, name }, { onSuccess: onDone });
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          required
          maxLength={200}
          data-autofocus
          value={name}
          error={placeOf(rename.error, '/name')}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <ProblemAlert error={rename.error} placed={['/name']} />
        <Group justify="flex-end">
          <Button type="submit" loading={rename.isPending}>
            Rename
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Remove({ passkey, needsCode, onDone }: Act) {
  const remove = useRemovePasskey();
  return (
    <Stack>
      <Text size="sm">
        “{passkey.name}” does not sign in any more then. Remove it from the device too: the keep cannot. Sessions that
        it began go on.
      </Text>
      <ProofForm
        action="Remove"
        dangerous
        needsCode={needsCode}
        pending={remove.isPending}
        error={remove.error}
        onProof={(proof) => remove.mutate({ id: passkey.id, ...proof }, { onSuccess: onDone })}
      />
    </Stack>
  );
}

const acts = {
  rename: { title: 'Rename this passkey', done: 'The passkey has its new name.', Form: Rename },
  remove: { title: 'Remove this passkey', done: 'The passkey is removed.', Form: Remove },
} as const;

type Chosen = { readonly act: keyof typeof acts; readonly passkey: Passkey };

function Row({ passkey, onAct }: { readonly passkey: Passkey; readonly onAct: (chosen: Chosen) => void }) {
  const { name, createdAt, lastUsedAt, rpId, usable } = passkey;
  return (
    <Stack gap={6} component="li">
      <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
        {name}
      </Text>
      <Text size="sm" c="dimmed" component="div">
        Made <When at={createdAt} />
        {lastUsedAt === null ? ', not used yet' : ', last used '}
        {lastUsedAt !== null && <When at={lastUsedAt} />}
      </Text>
      {!usable && <Text size="sm">Does not sign in at this address: it was made for {rpId}.</Text>}
      <Group gap="xs">
        {(['rename', 'remove'] as const).map((act) => (
          <Button
            key={act}
            variant="default"
            size="compact-sm"
            aria-label={`${act === 'rename' ? 'Rename' : 'Remove'} ${name}`}
            onClick={() => onAct({ act, passkey })}
          >
            {act === 'rename' ? 'Rename' : 'Remove'}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

/** Passkeys that sign in without a password, and how to add one; or why none works here. */
export function Passkeys() {
  const passkeys = usePasskeys();
  const needsCode = typeof useSecondFactor().data?.enabledAt === 'string';
  const [adding, setAdding] = useState(false);
  const [chosen, setChosen] = useState<Chosen>();
  const items = passkeys.data?.items ?? [];
  const obstacle = passkeys.data && obstacleTo(passkeys.data);
  const { title, done, Form } = acts[chosen?.act ?? 'rename'];
  return (
    <Paper withBorder p="lg">
      <Stack>
        <Title order={2} size="h4">
          Passkeys
        </Title>
        <Text size="sm" c="dimmed">
          A passkey signs in by itself, by the finger, face or PIN of your device: there is nothing to type, and nothing
          that another site could ask you for.
        </Text>
        {passkeys.isPending && <Skeleton height={60} aria-label="Loading the passkeys" />}
        <ProblemAlert error={passkeys.error} />
        {items.length > 0 && (
          <Stack component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
            {items.map((passkey) => (
              <Row key={passkey.id} passkey={passkey} onAct={setChosen} />
            ))}
          </Stack>
        )}
        {obstacle !== undefined && <Notice title="Passkeys do not work at this address">{obstacle}</Notice>}
        {passkeys.data !== undefined && obstacle === undefined && (
          <Button onClick={() => setAdding(true)} style={{ alignSelf: 'flex-start' }}>
            Add a passkey
          </Button>
        )}
      </Stack>
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title="Add a passkey"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <AddPasskey
          needsCode={needsCode}
          onDone={() => {
            setAdding(false);
            notifyDone('The passkey is added.');
          }}
        />
      </Modal>
      <Modal
        opened={chosen !== undefined}
        onClose={() => setChosen(undefined)}
        title={title}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {chosen && (
          <Form
            passkey={chosen.passkey}
            needsCode={needsCode}
            onDone={() => {
              setChosen(undefined);
              notifyDone(done);
            }}
          />
        )}
      </Modal>
    </Paper>
  );
}
