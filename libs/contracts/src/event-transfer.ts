import type { RestoredEvent } from './bulk.ts';

/**
 * Events whole, on their way from one engine to another: what a move of a keep needs beside `restore`. The engines of
 * the keep have it; a program at STORAGE_URL need not.
 *
 * - `stored` answers events as `restore` takes them, in ascending order of ids, from after the given one on. With an
 *   identifier the digest of the first sending is among them, so that the event sent again is a duplicate there too. A
 *   page holds at most 1,000 events and ends after 4 Mi characters of payload; an empty one is the end. Pages are not
 *   of one moment: a caller that needs that keeps writers away.
 * - `outdate` makes every place of the change feed up to `place`, which another storage gave, one that is refused with
 *   `changes-gone`. The next change lies beyond it. Repeating it has no effect.
 */
export interface EventTransfer {
  stored(after?: string): Promise<readonly RestoredEvent[]>;
  outdate(place: string): Promise<void>;
}

/** Bounds of a page of `stored`. */
export const transferPage = { maxEvents: 1000, maxUnits: 4 * 1024 * 1024 } as const;
