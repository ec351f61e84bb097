import { useState } from 'react';
import { Button, Group, Text } from './mantine.ts';

/** The cursors of a list of pages: the last one is shown. */
export interface Paging {
  readonly cursor: string | undefined;
  readonly page: number;
  next(cursor: string): void;
  previous(): void;
}

/**
 * Forward by the keep's cursors, back through those that were used. `asked` is what the list is asked for: another
 * question never gets a cursor of the former.
 */
export function usePaging(asked = ''): Paging {
  const [used, setUsed] = useState<{ readonly asked: string; readonly cursors: readonly string[] }>();
  const cursors = used?.asked === asked ? used.cursors : [];
  return {
    cursor: cursors.at(-1),
    page: cursors.length + 1,
    next: (cursor) => setUsed({ asked, cursors: [...cursors, cursor] }),
    previous: () => setUsed({ asked, cursors: cursors.slice(0, -1) }),
  };
}

/** A page of a list that is here whole. Its cursor is the place of its first item. */
export function pageOf<Item>(
  items: readonly Item[],
  cursor: string | undefined,
  size: number,
): { readonly items: readonly Item[]; readonly nextCursor: string | null } {
  const start = Number(cursor ?? 0);
  const end = start + size;
  return { items: items.slice(start, end), nextCursor: end < items.length ? String(end) : null };
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
