import type { Paging, RecordPage } from '@datakeep/contracts';
import { weighedPage, type Collection, type Document, type Find, type Weight, type Where } from '@datakeep/documents';
import { DatakeepError } from '@datakeep/kernel';

type Place = NonNullable<Find<Document>['after']>;

function readPlace(after: unknown): Place | undefined {
  if (after === undefined || after === null) return undefined;
  if (
    Array.isArray(after) &&
    after.length === 2 &&
    (typeof after[0] === 'number' || typeof after[0] === 'string') &&
    typeof after[1] === 'string'
  )
    return { value: after[0], id: after[1] };
  throw DatakeepError.invalid([
    { pointer: '/cursor', code: 'cursor', detail: 'The cursor does not belong to this list.' },
  ]);
}

/**
 * One page of records by `sortField`, greatest (newest) first. `next` is `[sort value, id]` of the last one, a JSON
 * value. With `weight` a page may end before its limit.
 */
export async function listPage<T extends Document, U>(
  collection: Collection<T>,
  sortField: keyof T & string,
  where: Where<T>,
  paging: Paging,
  show: (record: T) => U,
  weight?: Weight<T>,
): Promise<RecordPage<U>> {
  const after = readPlace(paging.after);
  const { documents, more } = await weighedPage(
    collection,
    {
      where,
      sort: { field: sortField, direction: 'descending' },
      limit: paging.limit,
      ...(after ? { after } : {}),
    },
    weight,
  );
  const last = more ? documents.at(-1) : undefined;
  return {
    items: documents.map(show),
    next: last ? [last[sortField], last.id] : null,
    ...(paging.count ? { count: await collection.count(where) } : {}),
  };
}

/** A date as every answer shows it: RFC 3339, UTC, milliseconds. */
export const isoDate = (ms: number): string => new Date(ms).toISOString();
