import { useState } from 'react';
import { Button, Group, Text } from './mantine.ts';

/** The cursors of a list of pages: the last one is shown. */
export interface Paging {
  readonly cursor: string | undefined;
  readonly page: number;
  next(cursor: string): void;
  previous(): void;
  first(): void;
}

/** Forward by the keep's cursors, back through those that were used. */
export function usePaging(): Paging {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  return {
    cursor: cursors.at(-1),
    page: cursors.length + 1,
    next: (cursor) => setCursors((before) => [...before, cursor]),
    previous: () => setCursors((before) => before.slice(0, -1)),
    first: () => setCursors([]),
  };
}

interface Properties {
  readonly paging: Paging;
  readonly nextCursor: string | null | undefined;
  readonly busy: boolean;
}

export function Pager({ paging, nextCursor, busy }: Properties) {
  if (paging.page === 1 && !nextCursor) return null;
  return (
    <Group component="nav" aria-label="Pages of the list" justify="flex-end" gap="sm">
      <Text size="sm" c="dimmed" aria-live="polite">
        Page {paging.page}
      </Text>
      <Button variant="default" size="xs" disabled={paging.page === 1 || busy} onClick={() => paging.previous()}>
        Previous
      </Button>
      <Button
        variant="default"
        size="xs"
        disabled={!nextCursor || busy}
        onClick={() => nextCursor && paging.next(nextCursor)}
      >
        Next
      </Button>
    </Group>
  );
}
