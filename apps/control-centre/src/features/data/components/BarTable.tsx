import { Table, Text } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { valueText, type Group } from '../aggregation.ts';
import { cellText } from '../cell-text.ts';
import type { Field } from '../fields.ts';
import { shortText } from '../titles.ts';
import { AppName } from '../../../components/names/AppName.tsx';
import '../data.css';

interface Properties {
  readonly by: Field;
  readonly measure: string;
  readonly groups: readonly Group[];
  readonly truncated: boolean;
}

/** Bars with names, longest first: a chart that is its own table. */
export function BarTable({ by, measure, groups, truncated }: Properties) {
  const longest = Math.max(...groups.map(({ value }) => Math.abs(value ?? 0)), Number.MIN_VALUE);
  return (
    <>
      <NamedTable name={`${measure} by ${shortText(by.label)}`} minWidth={360}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">
              <Untrusted text={by.label} max={40} />
            </Table.Th>
            <Table.Th scope="col" ta="right">
              {measure}
            </Table.Th>
            <Table.Td aria-hidden w="50%" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {groups.map(({ key, value }) => (
            <Table.Tr key={JSON.stringify(key)}>
              <Table.Th scope="row" fw={400}>
                <Name by={by} value={key} />
              </Table.Th>
              <Table.Td ta="right">{valueText(value)}</Table.Td>
              <Table.Td aria-hidden>
                <div
                  className="bar"
                  style={{ width: `${(Math.abs(value ?? 0) / longest) * 100}%`, opacity: (value ?? 0) < 0 ? 0.5 : 1 }}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </NamedTable>
      {truncated && (
        <Text size="sm" c="dimmed">
          The {groups.length} greatest; there are more.
        </Text>
      )}
    </>
  );
}

function Name({ by, value }: { readonly by: Field; readonly value: unknown }) {
  if (value === null)
    return (
      <Text span size="sm" c="dimmed">
        without a value
      </Text>
    );
  if (by.path === 'metadata.source') return <AppName id={String(value)} />;
  return <Untrusted text={cellText(value)} max={200} />;
}
