import type { Paging, RecordPage } from '@datakeep/contracts';
import { weighedPage, type Collection, type Document, type Weight, type Where } from '@datakeep/documents';
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

/** One page, newest first. A page's end is a record's createdAt and id, so what is added meanwhile neither repeats nor hides a record. */
export async function newestFirst<R extends Document & { readonly createdAt: number }, T>(
  collection: Collection<R>,
  where: Where<R>,
  paging: Paging,
  show: (record: R) => T,
  weight?: Weight<R>,
): Promise<RecordPage<T>> {
  const after = paging.after === undefined || paging.after === null ? undefined : readPlace(paging.after);
  const page = weighedPage(
    collection,
    {
      where,
      sort: { field: 'createdAt', direction: 'descending' },
      limit: paging.limit,
      ...(after ? { after: { value: after.createdAt, id: after.id } } : {}),
    },
    weight,
  );
  const [{ documents, more }, count] = await Promise.all([page, paging.count ? collection.count(where) : undefined]);
  const last = documents.at(-1);
  const next: Place | null = more && last ? { createdAt: last.createdAt, id: last.id } : null;
  return { items: documents.map(show), next, ...(count === undefined ? {} : { count }) };
}
