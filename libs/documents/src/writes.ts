import type { Collection, Document, Where, Write } from './document-store.ts';

/** The steps of a unit of work, the same for every engine; see `Collection`. */
export function insertion<T extends Document>(collection: string, { id, ...set }: T): Write {
  return { collection, kind: 'insert', id, set };
}

export function change<T extends Document>(
  collection: string,
  id: string,
  { set, unset, inc }: Parameters<Collection<T>['update']>[1],
  onlyIf: Where<T> | undefined,
): Write {
  return {
    collection,
    kind: 'update',
    id,
    ...(set ? { set } : {}),
    ...(unset ? { unset } : {}),
    ...(inc ? { inc: inc as Readonly<Record<string, number>> } : {}),
    ...(onlyIf ? { onlyIf } : {}),
  };
}

export function deletion<T extends Document>(collection: string, id: string, onlyIf: Where<T> | undefined): Write {
  return { collection, kind: 'delete', id, ...(onlyIf ? { onlyIf } : {}) };
}
