import type { MongoStorage, MongoStorageOptions } from './mongo-storage.ts';

export type { MongoStorage, MongoStorageOptions } from './mongo-storage.ts';

/** `MongoStorage.open`, loading the driver only now: a keep on SQLite never does. */
export async function openMongoStorage(options: MongoStorageOptions): Promise<MongoStorage> {
  const { MongoStorage: Storage } = await import('./mongo-storage.ts');
  return Storage.open(options);
}
