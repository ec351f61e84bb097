import type { AddedEvent, OutboxStore, RefusedEvent, WaitingEvent } from './outbox-store.ts';

type Waiting = WaitingEvent & AddedEvent;
type Refused = Waiting & RefusedEvent;

/** In a browser's IndexedDB, by the name; all pages of one origin share it. */
export function indexedDbOutbox(name = 'datakeep-outbox'): OutboxStore {
  const opened = open(name);
  const work = async <Result>(use: (waiting: IDBObjectStore, refused: IDBObjectStore) => Result): Promise<Result> => {
    const transaction = (await opened).transaction(['waiting', 'refused'], 'readwrite', { durability: 'strict' });
    const result = use(transaction.objectStore('waiting'), transaction.objectStore('refused'));
    await new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error as Error));
    });
    return result;
  };
  return {
    add: (events) =>
      work((waiting) => {
        for (const { profile, event } of events) waiting.add({ profile, event });
      }),
    take: (limit, without) =>
      work((waiting) => {
        const taken: Waiting[] = [];
        each(waiting, (cursor) => {
          const entry = cursor.value as Waiting;
          if (!without.includes(entry.profile) && (taken[0]?.profile ?? entry.profile) === entry.profile)
            taken.push(entry);
          return taken.length < limit;
        });
        return taken;
      }),
    remove: (ids) =>
      work((waiting, refused) => {
        for (const id of ids) {
          waiting.delete(id);
          refused.delete(id);
        }
      }),
    refuse: (events) =>
      work((waiting, refused) => {
        for (const { id, reason } of events) move(waiting, refused, id, (entry) => ({ ...entry, reason }));
      }),
    refused: () =>
      work((_, refused) => {
        const all: Refused[] = [];
        each(refused, (cursor) => all.push(cursor.value as Refused) > 0);
        return all;
      }),
    release: (ids) =>
      work((waiting, refused) => {
        for (const id of ids)
          move(refused, waiting, id, ({ id: same, profile, event }) => ({ id: same, profile, event }));
      }),
    count: async () => {
      const request = await work((waiting) => waiting.count());
      return request.result;
    },
    close: async () => (await opened).close(),
  };
}

function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener('upgradeneeded', () => {
      request.result.createObjectStore('waiting', { keyPath: 'id', autoIncrement: true });
      request.result.createObjectStore('refused', { keyPath: 'id' });
    });
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error as Error));
  });
}

/** Goes through a store by id, as long as `use` says so. */
function each(store: IDBObjectStore, use: (cursor: IDBCursorWithValue) => boolean): void {
  const request = store.openCursor();
  request.addEventListener('success', () => {
    const cursor = request.result;
    if (cursor !== null && use(cursor)) cursor.continue();
  });
}

function move(from: IDBObjectStore, to: IDBObjectStore, id: number, as: (entry: Waiting) => object): void {
  const request = from.get(id);
  request.addEventListener('success', () => {
    if (request.result === undefined) return;
    to.put(as(request.result as Waiting));
    from.delete(id);
  });
}
