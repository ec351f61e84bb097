import { setImmediate as afterPoll } from 'node:timers/promises';
import type { Collection, Document, Find } from './document-store.ts';

/** Keeps a page of documents that may be large within bounds. */
export interface Weight<T> {
  readonly of: (document: T) => number;
  readonly most: number;
}

/** Least and most documents that are read at once where documents are weighed. */
const leastStep = 8;
const mostStep = 32;

/**
 * Reads in growing steps until `limit` documents or the weight are reached; a page holds at least one. Answers whether
 * more are to be had.
 */
export async function weighedPage<T extends Document>(
  collection: Collection<T>,
  find: Find<T> & { readonly sort: NonNullable<Find<T>['sort']> },
  weight?: Weight<T>,
): Promise<{ readonly documents: readonly T[]; readonly more: boolean }> {
  const { limit, sort } = find;
  const documents: T[] = [];
  let { after } = find;
  let total = 0;
  for (let step = weight ? leastStep : limit + 1; ; step = Math.min(step * 2, mostStep)) {
    const wanted = Math.min(step, limit + 1 - documents.length);
    const found = await collection.find({ ...find, limit: wanted, after });
    for (const document of found) {
      total += weight?.of(document) ?? 0;
      if (documents.length === limit || (weight && documents.length > 0 && total > weight.most))
        return { documents, more: true };
      documents.push(document);
      after = placeOf(document, sort.field);
    }
    if (found.length < wanted) return { documents, more: false };
    // Megabytes are read: others are served in between.
    await afterPoll();
  }
}

/** A document's place in a sort by that field. */
export function placeOf<T extends Document>(document: T, field: keyof T & string): NonNullable<Find<T>['after']> {
  const value = document[field];
  const isComparable = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return { value: isComparable ? value : null, id: document.id };
}
