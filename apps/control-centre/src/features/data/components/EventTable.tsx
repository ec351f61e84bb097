import { memo } from 'react';
import type { Event } from '../../../api/operations.ts';
import { Table, Text, UnstyledButton } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { visibleText } from '../../../components/ui/visible-text.ts';
import { exactTime } from '../../../components/ui/When.tsx';
import { cellText } from '../cell-text.ts';
import { valueAt, type Field } from '../fields.ts';
import { useAppNames } from '../app-queries.ts';
import type { SortKey } from '../queries.ts';
import { shortText } from '../titles.ts';
import '../data.css';

interface Properties {
  readonly events: readonly Event[];
  readonly columns: readonly Field[];
  readonly sort: readonly SortKey[];
  /** The rows are those of the page before; the new ones are on their way. */
  readonly isStale: boolean;
  readonly onSort: (sort: readonly SortKey[]) => void;
  readonly onOpen: (id: string) => void;
}

export function EventTable({ events, columns, sort, isStale, onSort, onOpen }: Properties) {
  const names = useAppNames([...new Set(events.map(({ metadata }) => metadata.source))].toSorted());
  return (
    <NamedTable
      name="Events"
      minWidth={Math.min(columns.length * 130, 1600)}
      withTableBorder
      aria-busy={isStale}
      className="events"
      style={{ opacity: isStale ? 0.6 : 1 }}
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Event</Table.Th>
          {columns.map((field) => (
            <HeaderCell key={field.path} field={field} sort={sort} onSort={onSort} />
          ))}
        </Table.Tr>
      </Table.Thead>
      <tbody>
        {events.map((event) => (
          <Row
            key={event.id}
            event={event}
            columns={columns}
            app={names.get(event.metadata.source) ?? ''}
            onOpen={onOpen}
          />
        ))}
      </tbody>
    </NamedTable>
  );
}

type Direction = SortKey['direction'];
const nextDirection: Readonly<Record<Direction | 'none', Direction | 'none'>> = {
  none: 'ascending',
  ascending: 'descending',
  descending: 'none',
};
const arrows: Readonly<Record<Direction | 'none', string>> = { none: '↕', ascending: '↑', descending: '↓' };

function HeaderCell({ field, sort, onSort }: { readonly field: Field } & Pick<Properties, 'sort' | 'onSort'>) {
  const own = sort.find((key) => key.field === field.path);
  // Without a sort the keep answers the newest first.
  const isDefault = sort.length === 0 && field.path === 'metadata.createdDate';
  const direction = own?.direction ?? (isDefault ? 'descending' : 'none');
  const name = (
    <bdi className="untrusted" title={visibleText(field.label)}>
      {shortText(field.label, 40)}
    </bdi>
  );
  const align = field.kind === 'number' ? 'right' : 'left';
  if (!field.sortable)
    return (
      <Table.Th scope="col" ta={align}>
        {name}
      </Table.Th>
    );
  const next = isDefault ? 'ascending' : nextDirection[direction];
  return (
    <Table.Th scope="col" ta={align} aria-sort={direction}>
      <UnstyledButton
        fz="inherit"
        className="unbroken"
        fw="inherit"
        onClick={() => onSort(next === 'none' ? [] : [{ field: field.path, direction: next }])}
      >
        {name}{' '}
        <Text span c="dimmed" aria-hidden>
          {arrows[direction]}
        </Text>
      </UnstyledButton>
    </Table.Th>
  );
}

interface RowProperties {
  readonly event: Event;
  readonly columns: readonly Field[];
  readonly app: string;
  readonly onOpen: (id: string) => void;
}

// Plain elements: rendering hundreds of rows of components takes a second. A row whose event did not change is not
// rendered again.
const Row = memo(
  function Row({ event, columns, app, onOpen }: RowProperties) {
    return (
      <tr>
        <td>
          <button
            type="button"
            className="open"
            aria-label={`Open the event of ${exactTime(event.metadata.createdDate)}`}
            onClick={() => onOpen(event.id)}
          >
            Open
          </button>
        </td>
        {columns.map((field) => (
          <Cell key={field.path} event={event} field={field} app={app} />
        ))}
      </tr>
    );
  },
  (before, after) =>
    before.event === after.event &&
    before.app === after.app &&
    before.columns.length === after.columns.length &&
    before.columns.every((field, index) => field === after.columns[index]),
);

function Cell({ event, field, app }: { readonly event: Event; readonly field: Field; readonly app: string }) {
  if (field.path === 'metadata.source')
    return (
      <td className="unbroken">
        <bdi className="untrusted">{app}</bdi>
      </td>
    );
  const value = valueAt(event, field.path);
  if (value === undefined) return <td />;
  if (field.kind === 'date') return <td className="exact-time">{exactTime(String(value))}</td>;
  if (value === null) return <td className="dimmed">null</td>;
  if (typeof value === 'number') return <td className="number unbroken">{value}</td>;
  return (
    <td>
      <bdi className="untrusted">{visibleText(cellText(value))}</bdi>
    </td>
  );
}
