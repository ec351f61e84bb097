import type { ReactNode } from 'react';
import { Table, type TableProps } from './mantine.ts';

interface Properties extends Omit<TableProps, 'name'> {
  /** What a screen reader calls the table, and the area in which it scrolls. */
  readonly name: string;
  readonly minWidth: number;
  readonly children: ReactNode;
}

/** A table with a name. Where it is wider than its window it scrolls there, with the keyboard as well. */
export function NamedTable({ name, minWidth, ...table }: Properties) {
  return (
    <Table.ScrollContainer
      minWidth={minWidth}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'group', 'aria-label': name } }}
    >
      <Table aria-label={name} {...table} />
    </Table.ScrollContainer>
  );
}
