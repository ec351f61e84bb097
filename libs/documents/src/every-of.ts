import type { Collection, Document, Find } from './document-store.ts';
import { placeOf } from './weighed-page.ts';

type Every<T extends Document> = Pick<Find<T>, 'where' | 'sort'>;

/**
 * All documents that a find matches, in pages of `step`, however many there are. What is stored meanwhile comes or not;
 * what is there throughout comes once.
 */
export async function* pagesOf<T extends Document>(
  collection: Collection<T>,
  find: Every<T> = {},
  step = 200,
): AsyncGenerator<readonly T[], void, undefined> {
  for (let after: Find<T>['after']; ;) {
    const page = await collection.find({ ...find, limit: step, after });
    const last = page.at(-1);
    if (!last) return;
    yield page;
    if (page.length < step) return;
    after = placeOf(last, find.sort?.field ?? 'id');
  }
}

/** The same, one by one. */
export async function* everyOf<T extends Document>(
  collection: Collection<T>,
  find?: Every<T>,
  step?: number,
): AsyncGenerator<T, void, undefined> {
  for await (const page of pagesOf(collection, find, step)) yield* page;
}

/** The same as a list: for what fits into memory, however long it is. */
export async function allOf<T extends Document>(collection: Collection<T>, find?: Every<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pagesOf(collection, find)) all.push(...page);
  return all;
}
