import { LRUCache } from 'lru-cache';

export type LruMap<V extends object> = LRUCache<string, V>;

/** At most `most` entries by key; one more drops the least recently used. */
export function lruMap<V extends object>(most: number): LruMap<V> {
  // By size, since `max` takes the room for all of them at once: a gateway that was never asked held 1.5 MiB of it.
  return new LRUCache({ maxSize: most, sizeCalculation: () => 1 });
}
