import { useRuntimes } from '../../../api/lookups.ts';
import type { RuntimeList } from '../../../api/operations.ts';
import { Facts } from '../../../components/ui/Facts.tsx';
import { Card, Group, Skeleton, Stack, Table, Text, Title } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { durationText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { When } from '../../../components/ui/When.tsx';

type Runtime = RuntimeList['items'][number];

const levels: Readonly<Record<Runtime['isolation']['level'], string>> = {
  os: 'by the operating system: proved by attacks',
  language: 'by the language alone',
  foreign: 'by another program, in ways that this keep cannot know',
};

function Attacks({ selfTest }: { readonly selfTest: NonNullable<Runtime['selfTest']> }) {
  return (
    <NamedTable name="Attacks of the self-test" minWidth={480} withTableBorder striped>
      <Table.Caption>
        The keep attacked its own jail <When at={selfTest.at} />, in {durationText(selfTest.durationMs)}
      </Table.Caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Attack</Table.Th>
          <Table.Th scope="col">What became of it</Table.Th>
          <Table.Th scope="col">By what</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {selfTest.attacks.map(({ attack, outcome, refusedBy, detail }) => (
          <Table.Tr key={attack}>
            <Table.Td>{attack}</Table.Td>
            <Table.Td>
              <StateBadge
                state={outcome}
                tone={outcome === 'succeeded' ? 'bad' : outcome === 'not-tried' ? 'quiet' : 'good'}
              />
            </Table.Td>
            <Table.Td>{refusedBy.join(', ') || detail}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </NamedTable>
  );
}

/** Each language that view code can be written in, how it is kept apart, and the attacks that prove it. */
export function Runtimes() {
  const runtimes = useRuntimes();
  return (
    <Stack>
      <ProblemAlert error={runtimes.error} />
      {runtimes.isPending && <Skeleton height={160} aria-label="Loading the runtimes" />}
      {runtimes.data?.items.map((runtime) => (
        <Card key={runtime.name} withBorder component="article" aria-label={runtime.name}>
          <Stack gap="sm">
            <Group justify="space-between">
              <Title order={2} size="h4">
                {runtime.name}
              </Title>
              <StateBadge state={runtime.healthy ? 'well' : 'not well'} tone={runtime.healthy ? 'good' : 'bad'} />
            </Group>
            {runtime.detail !== undefined && <Text>{runtime.detail}</Text>}
            <Facts
              facts={{
                Where: runtime.where,
                Version: runtime.version,
                'Kept apart': levels[runtime.isolation.level],
                Layers: runtime.isolation.layers.join(', ') || undefined,
                Processes:
                  `${runtime.processes.running} running, ${runtime.processes.idle} idle, ` +
                  `at most ${runtime.processes.max}`,
              }}
            />
            {(runtime.isolation.level !== 'os' || runtime.selfTest === undefined) && (
              <Text size="sm">{runtime.isolation.proof}</Text>
            )}
            {runtime.selfTest !== undefined && <Attacks selfTest={runtime.selfTest} />}
          </Stack>
        </Card>
      ))}
    </Stack>
  );
}
