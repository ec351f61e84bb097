import { type Clock, ConfigError } from '@datakeep/kernel';
import { HttpDataStorage } from './http-data-storage.ts';

/** The storage at STORAGE_URL, where that is set. Throws `ConfigError` when STORAGE_KEY is missing then. */
export function foreignStorage(
  { storageUrl, storageKey }: { readonly storageUrl: string | undefined; readonly storageKey: string | undefined },
  clock: Clock,
): HttpDataStorage | undefined {
  if (storageUrl === undefined) return undefined;
  if (storageKey === undefined)
    throw new ConfigError('STORAGE_KEY is not set: the storage at STORAGE_URL asks for it.');
  return new HttpDataStorage({ url: storageUrl, key: storageKey, clock });
}
