import { DatakeepError } from '@datakeep/kernel';
import type { Collection, Document, Find, Where } from './document-store.ts';
import { weighedPage, type Weight } from './weighed-page.ts';

/** `after` is the `next` of the page before, which came back from a caller. */
export interface PageRequest {
  readonly limit: number;
  readonly after?: unknown;
  readonly count?: boolean;
}

export interface ListedPage<U> {
  readonly items: readonly U[];
  /** Where the next page begins, a JSON value; null on the last page. */
  readonly next: unknown;
  readonly count?: number | undefined;
}

type Position = NonNullable<Find<Document>['after']>;

function readPosition(after: unknown): Position | undefined {
  if (after === undefined || after === null) return undefined;
  if (
    Array.isArray(after) &&
    after.length === 2 &&
    (typeof after[0] === 'number' || typeof after[0] === 'string') &&
    typeof after[1] === 'string'
  )
    return { value: after[0], id: after[1] };
  throw DatakeepError.invalidAt('/cursor', 'cursor', 'The cursor does not belong to this list.');
}

/**
 * One page of records by `sortField`, greatest (newest) first. `next` is `[sort value, id]` of the last one, so that
 * what is added meanwhile neither repeats nor hides a record. With `weight` a page may end before its limit.
 */
export async function listPage<T extends Document, U>(
  collection: Collection<T>,
  sortField: keyof T & string,
  where: Where<T>,
  { limit, after: sent, count: counted }: PageRequest,
  show: (record: T) => U,
  weight?: Weight<T>,
): Promise<ListedPage<U>> {
  const after = readPosition(sent);
  const sort = { field: sortField, direction: 'descending' } as const;
  const [{ documents, more }, count] = await Promise.all([
    weighedPage(collection, { where, sort, limit, after }, weight),
    counted ? collection.count(where) : undefined,
  ]);
  const last = more ? documents.at(-1) : undefined;
  return { items: documents.map(show), next: last ? [last[sortField], last.id] : null, count };
}
