import type { Connection } from '../http/connection.ts';
import { List, type ListOptions, type Page } from './list.ts';

/** A list of the keep that is read by `limit` and `cursor` in the query. */
export function listOf<Item>(
  connection: Connection,
  path: string,
  options: ListOptions,
  query: Readonly<Record<string, string | undefined>> = {},
): List<Item> {
  return new List(
    (cursor, limit, signal) =>
      connection.ask<Page<Item>>({
        method: 'GET',
        path,
        query: { ...query, limit, cursor: cursor ?? undefined },
        signal,
        repeatable: 'always',
      }),
    options,
  );
}
