import { useState } from 'react';
import { useSecondFactor } from '../../../api/lookups.ts';
import { isProblem } from '../../../api/problem.ts';
import { ConfirmDialog } from '../../../components/ui/ConfirmDialog.tsx';
import {
  Alert,
  Button,
  Code,
  Group,
  Modal,
  Paper,
  Progress,
  Skeleton,
  Stack,
  Table,
  Text,
  Title,
} from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { notifyDone } from '../../../components/ui/notify.ts';
import { bytesText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { When } from '../../../components/ui/When.tsx';
import { type BackupsState, useBackups, useDeleteBackup, useDownloadBackup } from '../queries.ts';
import { MakeBackup } from './MakeBackup.tsx';

const steps = {
  begin: 'Beginning',
  copy: 'Copying',
  pack: 'Packing and encrypting',
  check: 'Reading back and checking',
} as const;

function Making({ making }: { readonly making: NonNullable<BackupsState['making']> }) {
  const percent = Math.round(making.done * 100);
  return (
    <Stack gap={4} role="status">
      <Text size="sm">{steps[making.step]} …</Text>
      <Progress value={percent} animated aria-label={`${steps[making.step]}: ${percent} %`} />
    </Stack>
  );
}

function Files({ items }: { readonly items: BackupsState['items'] }) {
  const [doomed, setDoomed] = useState<string>();
  const download = useDownloadBackup();
  const remove = useDeleteBackup();
  return (
    <>
      <ProblemAlert error={download.error} />
      <NamedTable name="Backups" minWidth={300} withTableBorder>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Made</Table.Th>
            <Table.Th scope="col">Size</Table.Th>
            <Table.Th scope="col">
              <span className="visually-hidden">Act</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map(({ name, bytes, madeAt }) => (
            <Table.Tr key={name}>
              <Table.Td>
                <When at={madeAt} />
              </Table.Td>
              <Table.Td>{bytesText(bytes)}</Table.Td>
              <Table.Td>
                <Group gap="xs">
                  <Button
                    variant="default"
                    size="compact-sm"
                    aria-label={`Download ${name}`}
                    loading={download.isPending && download.variables === name}
                    onClick={() => download.mutate(name)}
                  >
                    Download
                  </Button>
                  <Button
                    variant="default"
                    size="compact-sm"
                    aria-label={`Delete ${name}`}
                    onClick={() => setDoomed(name)}
                  >
                    Delete
                  </Button>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </NamedTable>
      <ConfirmDialog
        opened={doomed !== undefined}
        title="Delete this backup"
        action="Delete"
        pending={remove.isPending}
        error={remove.error}
        onClose={() => setDoomed(undefined)}
        onConfirm={() =>
          remove.mutate(doomed!, {
            onSuccess: () => {
              setDoomed(undefined);
              notifyDone('The backup is deleted.');
            },
          })
        }
      >
        It is gone for good, unless you downloaded it.
      </ConfirmDialog>
    </>
  );
}

/** Backups that are there, the one that is being made, and a button for the next. */
export function Backups() {
  const backups = useBackups();
  const needsCode = typeof useSecondFactor().data?.enabledAt === 'string';
  const [asking, setAsking] = useState(false);
  const { making = null, failed = null, items = [] } = backups.data ?? {};
  const isElsewhere = isProblem(backups.error, 'backups-elsewhere');
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2} size="h4">
          Backups
        </Title>
        {backups.isPending && <Skeleton height={60} aria-label="Loading the backups" />}
        {isElsewhere ? (
          <Text c="dimmed">
            The events of this keep are not where its records are, so it does not back itself up: stop it and copy both,
            as the deployment guide says.
          </Text>
        ) : (
          <ProblemAlert error={backups.error} />
        )}
        {backups.data !== undefined && (
          <>
            {failed !== null && (
              <Alert color="red" variant="outline" role="alert" title="The last backup was not made">
                {failed.reason}
              </Alert>
            )}
            {making === null && items.length === 0 && (
              <Text c="dimmed">None yet. A backup that lies on another disk is what a lost computer leaves you.</Text>
            )}
            {making !== null && <Making making={making} />}
            {items.length > 0 && <Files items={items} />}
            {items.length > 0 && (
              <Text size="sm">
                Each was read back and checked. Download them, so that they are not lost with this computer. To restore
                one on its own machine: <Code>npx datakeep restore FILE</Code>.
              </Text>
            )}
            <Button onClick={() => setAsking(true)} disabled={making !== null} style={{ alignSelf: 'flex-start' }}>
              Back up now
            </Button>
          </>
        )}
      </Stack>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title="Back up now"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <MakeBackup needsCode={needsCode} onBegun={() => setAsking(false)} />
      </Modal>
    </Paper>
  );
}
