import { useMemo } from 'react';
import { pageOf, usePaging } from './Pager.tsx';
import { isFound } from './SearchField.tsx';

interface Asked {
  readonly error: Error | null;
  readonly isPending: boolean;
}

interface Lists<Item> {
  readonly size: number;
  /** A page of the list, asked for where `enabled`. */
  readonly usePage: (
    cursor: string | undefined,
    enabled: boolean,
  ) => Asked & {
    readonly isPlaceholderData: boolean;
    readonly data:
      { readonly items: readonly Item[]; readonly nextCursor: string | null; readonly count?: number } | undefined;
  };
  /** The whole list, asked for where `enabled`. */
  readonly useAll: (enabled: boolean) => Asked & { readonly data: readonly Item[] | undefined };
  /** What an item is found by. */
  readonly textsOf: (item: Item) => readonly (string | undefined)[];
}

/** A page of the list, or of those of the whole list that have what is searched for. `lists` never changes. */
export function useSearchedList<Item>(wanted: string, { size, usePage, useAll, textsOf }: Lists<Item>) {
  const isSearch = wanted.trim() !== '';
  const paging = usePaging(wanted);
  const page = usePage(paging.cursor, !isSearch);
  const all = useAll(isSearch);
  const found = useMemo(
    () => all.data?.filter((item) => isFound(wanted, ...textsOf(item))),
    [all.data, wanted, textsOf],
  );
  const { error, isPending } = isSearch ? all : page;
  const list = isSearch ? found && pageOf(found, paging.cursor, size) : page.data;
  const count = isSearch ? found?.length : page.data?.count;
  return { isSearch, paging, list, count, error, isPending, isStale: !isSearch && page.isPlaceholderData };
}
