import type { Index } from '../../../api/operations.ts';
import { ProfileName } from '../../../components/names/ProfileName.tsx';
import { Facts } from '../../../components/ui/Facts.tsx';
import {
  Badge,
  Button,
  Card,
  Group,
  List,
  Progress,
  Stack,
  Table,
  Text,
  Title,
} from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { notifyDone } from '../../../components/ui/notify.ts';
import { bytesText, durationText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import { actsOf, type IndexAct, useIndexAct } from '../queries.ts';

const words: Readonly<Record<IndexAct, { readonly label: string; readonly done: string }>> = {
  approve: { label: 'Approve', done: 'Approved: it is made in its turn.' },
  reject: { label: 'Reject', done: 'Rejected. It is not suggested again.' },
  keep: { label: 'Keep it in any case', done: 'It stays, whatever it brings.' },
  drop: { label: 'Drop', done: 'Dropped. It is not made again unless you ask.' },
  rebuild: { label: 'Make it after all', done: 'It is made in its turn.' },
};

const toneOf = (state: Index['state']): 'good' | 'waiting' | 'active' | 'bad' | 'quiet' =>
  state === 'active' || state === 'declared'
    ? 'good'
    : state === 'candidate'
      ? 'waiting'
      : state === 'failed' || state === 'reverted'
        ? 'bad'
        : state === 'building' || state === 'verifying' || state === 'approved'
          ? 'active'
          : 'quiet';

/** How long the same questions took without the index and with it: two bars, and the same in words. */
function BeforeAndAfter({ before, after }: { readonly before: number; readonly after: number }) {
  const most = Math.max(before, after, 0.001);
  return (
    <Stack gap={4} maw={420}>
      <Text size="sm">
        Without it {durationText(before)} · with it {durationText(after)}
      </Text>
      <Progress value={(before / most) * 100} color="gray.6" aria-label={`Without it ${durationText(before)}`} />
      <Progress value={(after / most) * 100} color="teal.8" aria-label={`With it ${durationText(after)}`} />
    </Stack>
  );
}

export function IndexCard({ index }: { readonly index: Index }) {
  const act = useIndexAct(index.id);
  const { figures, keys, shapes, history } = index;
  return (
    <Card component="article" withBorder aria-label={`Index on ${index.profile}`}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={3} size="h5">
            {index.profile === '' ? 'Every profile' : <ProfileName name={index.profile} />}:{' '}
            <Untrusted
              text={keys.map(({ field }) => field.replace(/^(payload|metadata)\./, '')).join(', ')}
              max={300}
            />
          </Title>
          <Group gap="xs">
            {index.kept && (
              <Badge variant="outline" tt="none">
                kept
              </Badge>
            )}
            <StateBadge state={index.state} tone={toneOf(index.state)} />
          </Group>
        </Group>
        <List size="sm">
          {index.explanation.map((sentence) => (
            <List.Item key={sentence}>
              <Untrusted text={sentence} max={400} />
            </List.Item>
          ))}
        </List>
        {figures.beforeMs !== null && figures.afterMs !== null && (
          <BeforeAndAfter before={figures.beforeMs} after={figures.afterMs} />
        )}
        <Facts
          facts={{
            Size: figures.bytes === null ? undefined : bytesText(figures.bytes),
            ...(index.state === 'declared'
              ? {}
              : {
                  'Time that it saves a day': durationText(figures.benefitMs),
                  'Time that writing pays a day': durationText(figures.writeCostMs),
                }),
            'Time to make it': figures.buildMs === null ? undefined : durationText(figures.buildMs),
          }}
        />
        <ProblemAlert error={act.error} />
        {actsOf[index.state].length > 0 && (
          <Group gap="xs">
            {actsOf[index.state].map((name) => (
              <Button
                key={name}
                size="compact-sm"
                variant={name === 'approve' ? 'filled' : 'default'}
                loading={act.isPending && act.variables === name}
                onClick={() => act.mutate(name, { onSuccess: () => notifyDone(words[name].done) })}
              >
                {words[name].label}
              </Button>
            ))}
          </Group>
        )}
        {(shapes.length > 0 || history.length > 0) && (
          <details>
            <summary>Questions that it serves, and its history</summary>
            <Stack gap="sm" mt="sm">
              {shapes.length > 0 && (
                <NamedTable name="Questions" minWidth={480} withTableBorder>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">Question, without its values</Table.Th>
                      <Table.Th scope="col">Asked</Table.Th>
                      <Table.Th scope="col">95 of 100 within</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {shapes.map(({ shape, calls, p95Ms }) => (
                      <Table.Tr key={shape}>
                        <Table.Td>
                          <Untrusted text={shape} max={200} />
                        </Table.Td>
                        <Table.Td>{calls.toLocaleString()}</Table.Td>
                        <Table.Td>{durationText(p95Ms)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </NamedTable>
              )}
              <List size="sm">
                {history.map(({ at, state, reason }) => (
                  <List.Item key={`${at}${state}`}>
                    <When at={at} />: {state}; <Untrusted text={reason} max={300} />
                  </List.Item>
                ))}
              </List>
            </Stack>
          </details>
        )}
      </Stack>
    </Card>
  );
}
