import { useState } from 'react';
import { Anchor, Button, Group, Table, Text } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { exactTime } from '../../../components/ui/When.tsx';
import { latitudeText, longitudeText, type Place } from '../points.ts';

interface Properties {
  readonly places: readonly Place[];
  readonly onOpen: (id: string) => void;
}

const pageSize = 50;

/** The same places as numbers. */
export function PointsTable({ places, onOpen }: Properties) {
  const [page, setPage] = useState(0);
  const last = Math.max(0, Math.ceil(places.length / pageSize) - 1);
  const shown = Math.min(page, last);
  return (
    <>
      <NamedTable name="Places of the events" minWidth={460} striped withTableBorder>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Event</Table.Th>
            <Table.Th scope="col">Created</Table.Th>
            <Table.Th scope="col">Latitude</Table.Th>
            <Table.Th scope="col">Longitude</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {places
            .slice(shown * pageSize, (shown + 1) * pageSize)
            .map(({ id, at, latitude, longitude, line }, index) => (
              <Table.Tr key={`${id} ${index}`}>
                <Table.Td>
                  <Anchor
                    component="button"
                    type="button"
                    size="sm"
                    aria-label={`Open the event of ${exactTime(at)}`}
                    onClick={() => onOpen(id)}
                  >
                    Open
                  </Anchor>
                </Table.Td>
                <Table.Td>{exactTime(at)}</Table.Td>
                <Table.Td>{latitudeText(latitude, 6)}</Table.Td>
                <Table.Td>
                  {longitudeText(longitude, 6)}
                  {line && `, and ${(line.length - 1).toLocaleString()} more of its line`}
                </Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </NamedTable>
      {last > 0 && (
        <Group component="nav" aria-label="Pages of places" justify="flex-end">
          <Text size="sm" c="dimmed" aria-live="polite">
            Page {shown + 1} of {last + 1}
          </Text>
          <Button variant="default" size="xs" disabled={shown === 0} onClick={() => setPage(shown - 1)}>
            Previous
          </Button>
          <Button variant="default" size="xs" disabled={shown === last} onClick={() => setPage(shown + 1)}>
            Next
          </Button>
        </Group>
      )}
    </>
  );
}
