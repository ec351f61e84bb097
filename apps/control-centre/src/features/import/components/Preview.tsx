import { exactTime } from '../../../components/ui/When.tsx';
import { List, Stack, Table, Text, Title } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { countText } from '../../../components/ui/numbers.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { memberText } from '../../../components/ui/member-text.ts';
import type { Shown } from '../worker/calls.ts';
import { profileTitle } from '../titles.ts';
import { Refusals } from './Refusals.tsx';

/** The first events as they would be sent, how many there are, and what is left out. */
export function Preview({ shown }: { readonly shown: Shown }) {
  const { counts, rows, refused, refusals, notes, isWhole } = shown;
  const least = isWhole ? '' : 'at least ';
  const found = Object.entries(counts);
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        What would be sent
      </Title>
      {found.length === 0 ? (
        <Text>{isWhole ? 'Nothing: no event was found in it.' : 'No event in the part that was looked at.'}</Text>
      ) : (
        <List>
          {found.map(([profile, count]) => (
            <List.Item key={profile}>
              {least}
              {countText(count, 'event')} of {profileTitle(profile)}
            </List.Item>
          ))}
        </List>
      )}
      {!isWhole && (
        <Text size="sm" c="dimmed">
          Only the beginning of the file was read; the rest is read when it is imported.
        </Text>
      )}
      {rows.length > 0 && (
        <NamedTable name="The first events" minWidth={560} striped withTableBorder>
          <Table.Caption>The first {rows.length}</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">When</Table.Th>
              <Table.Th scope="col">With</Table.Th>
              <Table.Th scope="col">Becomes</Table.Th>
              <Table.Th scope="col" ta="end">
                Line
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ line, createdDate, profile, payload }, index) => (
              <Table.Tr key={index}>
                <Table.Td className="exact-time">{exactTime(createdDate)}</Table.Td>
                <Table.Td className="import-payload">
                  <Untrusted text={payloadText(payload)} max={160} />
                </Table.Td>
                <Table.Td>{profileTitle(profile)}</Table.Td>
                <Table.Td ta="end">{line.toLocaleString()}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </NamedTable>
      )}
      <Refusals refused={refused} refusals={refusals} notes={notes} />
    </Stack>
  );
}

const payloadText = (payload: Readonly<Record<string, unknown>>): string =>
  Object.entries(payload)
    .map(([name, value]) => `${name}: ${memberText(value)}`)
    .join(', ');
