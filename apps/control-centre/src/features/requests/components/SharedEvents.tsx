import { exactTime, When } from '../../../components/ui/When.tsx';
import { Alert, Skeleton, Stack, Table, Text } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { countText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { memberText } from '../../../components/ui/member-text.ts';
import type { Event } from '../../../api/operations.ts';
import { useSharedEvents } from '../queries.ts';
import { AppName } from '../../../components/names/AppName.tsx';

const mostColumns = 6;

/** The payload members that the events have, in the order in which they appear. */
function columnsOf(events: readonly Event[]): readonly string[] {
  const names = new Set<string>();
  for (const { payload } of events) for (const name of Object.keys(payload)) names.add(name);
  return [...names].slice(0, mostColumns);
}

const isNumeric = (events: readonly Event[], name: string): boolean =>
  events.every(({ payload: { [name]: value } }) => value === undefined || typeof value === 'number');

/** The very events that a right to read would share: the newest five, how many, since when, from which apps. */
export function SharedEvents({ profile }: { readonly profile: string }) {
  const shared = useSharedEvents(profile);
  if (shared.isPending) return <Skeleton height={160} aria-label="Loading the events that would be shared" />;
  if (shared.isError) return <ProblemAlert error={shared.error} />;
  const { newest, count, oldest, sources } = shared.data;
  if (count === 0)
    return (
      <Alert role="note" color="gray" variant="outline" title="Nothing yet">
        There is no event of this profile in your keep. What would be shared is <strong>every new one</strong>.
      </Alert>
    );
  const columns = columnsOf(newest);
  return (
    <Stack gap="xs">
      <Text size="sm">
        <strong>{countText(count, 'event')}</strong>
        {oldest !== undefined && (
          <>
            , the oldest from <When at={oldest} />
          </>
        )}
        , sent by{' '}
        {sources.map(({ appId, count: sent }, index) => (
          <span key={appId}>
            {index > 0 && ', '}
            <AppName id={appId} /> ({sent.toLocaleString()})
          </span>
        ))}
        ; <strong>and every new one</strong>.
      </Text>
      <NamedTable name="The newest events" minWidth={480} striped withTableBorder>
        <Table.Caption>
          {newest.length < count ? `The newest ${newest.length} of ${count.toLocaleString()}` : 'All there are'}
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">When</Table.Th>
            {columns.map((name) => (
              <Table.Th scope="col" key={name} ta={isNumeric(newest, name) ? 'right' : 'left'}>
                <Untrusted text={name} max={40} />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {newest.map(({ id, metadata, payload }) => (
            <Table.Tr key={id}>
              <Table.Td className="exact-time">{exactTime(metadata.createdDate)}</Table.Td>
              {columns.map((name) => (
                <Table.Td key={name} ta={typeof payload[name] === 'number' ? 'right' : 'left'}>
                  <Untrusted text={memberText(payload[name])} max={60} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </NamedTable>
    </Stack>
  );
}
