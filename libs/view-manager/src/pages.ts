import type { Paging, RecordPage } from '@datakeep/contracts';
import type { Collection, Document, Where } from '@datakeep/documents';
import { DatakeepError, isId } from '@datakeep/kernel';

interface Place {
  readonly createdAt: number;
  readonly id: string;
}

function readPlace(after: unknown): Place {
  const { createdAt, id } = (typeof after === 'object' && after !== null ? after : {}) as Partial<Place>;
  if (typeof createdAt !== 'number' || !isId(id))
    throw DatakeepError.invalid([
      { pointer: '/cursor', code: 'cursor', detail: 'The cursor belongs to another request.' },
    ]);
  return { createdAt, id };
}

/** Least and most records that are read at once where records are weighed. */
const leastStep = 8;
const mostStep = 32;

/** Keeps a page of records that may be large within bounds. */
export interface Weight<R> {
  readonly of: (record: R) => number;
  readonly most: number;
}

/** Reads in growing steps until `limit` records or the weight are reached; a page holds at least one. Answers whether more are to be had. */
async function readPage<R extends Document & { readonly createdAt: number }>(
  read: (after: Place | undefined, limit: number) => Promise<R[]>,
  after: Place | undefined,
  limit: number,
  weight: Weight<R> | undefined,
): Promise<{ readonly records: R[]; readonly more: boolean }> {
  const records: R[] = [];
  let total = 0;
  for (let step = weight ? leastStep : limit + 1; ; step = Math.min(step * 2, mostStep)) {
    const wanted = Math.min(step, limit + 1 - records.length);
    const found = await read(records.at(-1) ?? after, wanted);
    for (const record of found) {
      total += weight?.of(record) ?? 0;
      if (records.length === limit || (weight && records.length > 0 && total > weight.most))
        return { records, more: true };
      records.push(record);
    }
    if (found.length < wanted) return { records, more: false };
  }
}

/** One page, newest first. A page's end is a record's createdAt and id, so what is added meanwhile neither repeats nor hides a record. */
export async function newestFirst<R extends Document & { readonly createdAt: number }, T>(
  collection: Collection<R>,
  where: Where<R>,
  paging: Paging,
  show: (record: R) => T,
  weight?: Weight<R>,
): Promise<RecordPage<T>> {
  const after = paging.after === undefined || paging.after === null ? undefined : readPlace(paging.after);
  const read = (from: Place | undefined, limit: number) =>
    collection.find({
      where,
      sort: { field: 'createdAt', direction: 'descending' },
      limit,
      ...(from ? { after: { value: from.createdAt, id: from.id } } : {}),
    });
  const [{ records, more }, count] = await Promise.all([
    readPage(read, after, paging.limit, weight),
    paging.count ? collection.count(where) : undefined,
  ]);
  const last = records.at(-1);
  const next: Place | null = more && last ? { createdAt: last.createdAt, id: last.id } : null;
  return { items: records.map(show), next, ...(count === undefined ? {} : { count }) };
}
