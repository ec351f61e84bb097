import type { Collection, Document, Find } from './document-store.ts';
import { placeOf } from './weighed-page.ts';

/**
 * All documents that a find matches, read page after page, however many there are. What is stored meanwhile comes or
 * not; what is there throughout comes once.
 */
export async function* everyOf<T extends Document>(
  collection: Collection<T>,
  find: Pick<Find<T>, 'where' | 'sort'> = {},
  step = 200,
): AsyncGenerator<T, void, undefined> {
  for (let after: Find<T>['after']; ;) {
    const page = await collection.find({ ...find, limit: step, ...(after ? { after } : {}) });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < step) return;
    after = placeOf(last, find.sort?.field ?? 'id');
  }
}

/** The same as a list: for what fits into memory, however long it is. */
export async function allOf<T extends Document>(
  collection: Collection<T>,
  find: Pick<Find<T>, 'where' | 'sort'> = {},
): Promise<T[]> {
  const all: T[] = [];
  for await (const document of everyOf(collection, find)) all.push(document);
  return all;
}
