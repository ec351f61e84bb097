import { useEffect, useState } from 'react';
import { Button, Group, Stack, Table, Text, Title } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import { importFlow } from '../flow.ts';
import { history, type PastImport } from '../history.ts';
import { isUnderWay } from '../one-at-a-time.ts';
import { Fault } from './FailurePanel.tsx';

const states: Readonly<Record<PastImport['state'], readonly [string, 'good' | 'bad' | 'quiet']>> = {
  done: ['done', 'good'],
  stopped: ['stopped', 'quiet'],
  failed: ['failed', 'bad'],
  running: ['cut off', 'bad'],
  undone: ['taken back', 'quiet'],
};

/** What other tabs begin, end and take back is looked for this often, ms. */
const followMs = 2000;

/** What was imported in this browser, each to be taken back. */
export function PastImports() {
  const [imports, setImports] = useState<readonly PastImport[]>([]);
  const [underWay, setUnderWay] = useState<boolean>();
  const [error, setError] = useState<unknown>();
  const load = async (): Promise<void> => {
    const [list, now] = await Promise.all([history.list().catch(() => []), isUnderWay()]);
    setImports(list);
    setUnderWay(now);
  };
  useEffect(() => {
    void load();
    const timer = setInterval(() => void load(), followMs);
    return () => clearInterval(timer);
  }, []);
  if (imports.length === 0) return null;
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        Imports of this browser
      </Title>
      <Fault error={error} />
      <NamedTable name="Imports of this browser" minWidth={640} striped withTableBorder>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">File</Table.Th>
            <Table.Th scope="col">When</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col" ta="end">
              New events
            </Table.Th>
            <Table.Th scope="col">Acts</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {imports.map((past, index) => (
            <Row
              key={past.id}
              past={past}
              // They come one at a time: an earlier one that has no end was cut off.
              underWay={index === 0 && past.state === 'running' ? underWay : false}
              onForgotten={() => void load()}
              onFailed={setError}
            />
          ))}
        </Table.Tbody>
      </NamedTable>
      <Text size="sm" c="dimmed">
        Kept in this browser only. Forgetting one leaves its events in the keep.
      </Text>
    </Stack>
  );
}

interface RowProperties {
  readonly past: PastImport;
  /** Whether another tab is at it; undefined where the browser cannot say. */
  readonly underWay: boolean | undefined;
  readonly onForgotten: () => void;
  readonly onFailed: (error: unknown) => void;
}

function Row({ past, underWay, onForgotten, onFailed }: RowProperties) {
  const { id, file, title, at, state, added } = past;
  const [word, tone] = underWay === undefined ? (['running or cut off', 'quiet'] as const) : states[state];
  return (
    <Table.Tr>
      <Table.Td>
        <Untrusted text={file} max={60} />
        <Text size="xs" c="dimmed">
          {title}
        </Text>
      </Table.Td>
      <Table.Td>
        <When at={at} />
      </Table.Td>
      <Table.Td>
        {underWay === true ? <StateBadge state="running" /> : <StateBadge state={word} tone={tone} />}
      </Table.Td>
      <Table.Td ta="end">{state === 'running' ? '?' : added.toLocaleString()}</Table.Td>
      <Table.Td>
        {underWay === true ? (
          <Text size="sm">in another tab</Text>
        ) : (
          <Group gap="xs" wrap="nowrap">
            {state !== 'undone' && (added > 0 || state === 'running') && (
              <>
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`Undo the import of ${file}`}
                  onClick={() => void importFlow.undo({ importId: id }, file)}
                >
                  Undo
                </Button>
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`Download the report of ${file}`}
                  onClick={() => void importFlow.saveReport(id, file).catch(onFailed)}
                >
                  Report
                </Button>
              </>
            )}
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`Forget the import of ${file}`}
              onClick={() => void history.forget(id).then(onForgotten, onFailed)}
            >
              Forget
            </Button>
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
