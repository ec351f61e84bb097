import { DatakeepError, lruMap, type Clock } from '@datakeep/kernel';

interface Failures {
  readonly count: number;
  /** Monotonic ms before which no attempt is looked at. */
  readonly blockedUntil: number;
}

const firstDelayed = 5;
const longestDelaySeconds = 60;
/** So many failures in a row stop an account (NIST SP 800-63B-4, 3.2.2). */
export const stopAfter = 100;
const maxTracked = 20_000;

/**
 * Slows guessing: from the 5th failure in a row delays of 1, 2, 4 … 60 s, per account and per address. An attempt within a delay is refused unseen and does not count.
 * 100 failures in a row stop the account for new sign-ins until the keep is started anew, which only its operator can do; sessions that are open go on.
 *
 * An attempt counts as failed until it has succeeded, so that many at once are as slow as one after the other. Counts live in this process: accounts that exist
 * are never forgotten, other names and addresses the least recently tried first.
 */
export class SignInThrottle {
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Failures>();
  readonly #names = lruMap<Failures>(maxTracked);
  readonly #addresses = lruMap<Failures>(maxTracked);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws `sign-in-throttled` (429) when this attempt comes too early, else counts it. */
  begin(name: string, known: boolean, address: string): void {
    const byName = known ? this.#accounts : this.#names;
    const now = this.#clock.monotonic();
    const account = byName.get(name);
    const waitMs = Math.max(account?.blockedUntil ?? 0, this.#addresses.get(address)?.blockedUntil ?? 0) - now;
    if (account !== undefined && account.count >= stopAfter)
      throw new DatakeepError(
        'sign-in-throttled',
        'Too many failed sign-ins in a row: start the keep anew to allow sign-ins again.',
        {
          retryAfterSeconds: 3600,
        },
      );
    if (waitMs > 0)
      throw new DatakeepError('sign-in-throttled', undefined, { retryAfterSeconds: Math.ceil(waitMs / 1000) });
    byName.set(name, next(account, now));
    this.#addresses.set(address, next(this.#addresses.get(address), now));
  }

  /** The attempt was right: both counts start anew. */
  succeeded(name: string, address: string): void {
    this.#accounts.delete(name);
    this.#addresses.delete(address);
  }
}

function next(before: Failures | undefined, now: number): Failures {
  const count = (before?.count ?? 0) + 1;
  const delaySeconds = count < firstDelayed ? 0 : Math.min(2 ** (count - firstDelayed), longestDelaySeconds);
  return { count, blockedUntil: now + delaySeconds * 1000 };
}
