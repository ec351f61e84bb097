import { randomFillSync } from 'node:crypto';

/**
 * The id port. Guarantees: `next()` is 24 lower-case hex digits, unique over every process of a keep, and, made by one
 * process, ascending from one millisecond to the next. Two ids show when they were made, and nothing of what was made
 * between.
 */
export interface Ids {
  next(): string;
}

const randomBytes = 7;
/** Asking for random bytes costs the same for one id and for a thousand. */
const pool = Buffer.alloc(1024 * randomBytes);
let used = pool.length;

/**
 * Ids in the form of MongoDB's ObjectIds: 4 bytes of seconds, 10 bits of milliseconds, 54 random bits. No counter and
 * no number of a machine or process. A million ids in one millisecond have two alike once in 36,000 times.
 */
export class ObjectIds implements Ids {
  next(): string {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const now = Date.now();
    // The upper half of the first byte gives two bits; 13 hex digits of the rest are 52.
    const head = ((now % 1000) << 2) | ((pool[used] as number) >> 6);
    const tail = pool.toString('hex', used, used + randomBytes);
    used += randomBytes;
    const seconds = Math.floor(now / 1000);
    return seconds.toString(16).padStart(8, '0') + head.toString(16).padStart(3, '0') + tail.slice(1);
  }
}

const idPattern = /^[0-9a-f]{24}$/;

export function isId(value: unknown): value is string {
  return typeof value === 'string' && idPattern.test(value);
}
