import type { Paging, RecordPage } from '@datakeep/contracts';
import { listPage, type Collection, type Document, type Weight, type Where } from '@datakeep/documents';

/** One page, newest first. */
export const newestFirst = <R extends Document & { readonly createdAt: number }, T>(
  collection: Collection<R>,
  where: Where<R>,
  paging: Paging,
  show: (record: R) => T,
  weight?: Weight<R>,
): Promise<RecordPage<T>> => listPage(collection, 'createdAt', where, paging, show, weight);
