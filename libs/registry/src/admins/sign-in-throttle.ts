import { addressSubject, DatakeepError, lruMap, type Clock } from '@datakeep/kernel';

interface Failures {
  readonly count: number;
  /** Monotonic ms before which no attempt is looked at. */
  readonly blockedUntil: number;
}

const firstDelayed = 5;
const longestDelaySeconds = 60;
const maxTracked = 20_000;

/**
 * Slows guessing: from the 5th failure in a row delays of 1, 2, 4 … 60 s, per address and per account. The delay of an
 * account applies to addresses that are delayed themselves, and not to others: strangers who guess cannot lock out the
 * owner, who signs in from another address. An attempt within a delay is refused without a check and does not count.
 *
 * An attempt counts as failed until it has succeeded, so that concurrent ones are as slow as sequential ones. Counts
 * live in this process, in bounded tables: the least recently tried names and addresses are evicted first. An IPv6
 * address counts as its /64.
 */
export class SignInThrottle {
  readonly #accounts = lruMap<Failures>(maxTracked);
  readonly #addresses = lruMap<Failures>(maxTracked);

  constructor(private readonly clock: Clock) {}

  /** Throws `sign-in-throttled` (429) when this attempt comes too early, else counts it. */
  begin(name: string, address: string): void {
    const subject = addressSubject(address);
    const now = this.clock.monotonic();
    const account = this.#accounts.get(name);
    const origin = this.#addresses.get(subject);
    const isDelayed = origin !== undefined && origin.count >= firstDelayed;
    if (isDelayed) refuseUntil(Math.max(origin.blockedUntil, account?.blockedUntil ?? 0), now);
    this.#accounts.set(name, next(account, now));
    this.#addresses.set(subject, next(origin, now));
  }

  /** The attempt was right: its address starts anew. The account forgets this attempt alone; others' failures stay. */
  succeeded(name: string, address: string): void {
    this.#addresses.delete(addressSubject(address));
    const account = this.#accounts.get(name);
    if (!account) return;
    if (account.count <= firstDelayed) this.#accounts.delete(name);
    else this.#accounts.set(name, { ...account, count: account.count - 1 });
  }
}

/** The same delays for one subject, without an address: 1, 2, 4 … 60 s from the 5th failure in a row. */
export class AttemptDelays {
  readonly #subjects = lruMap<Failures>(maxTracked);

  constructor(private readonly clock: Clock) {}

  /** Throws `sign-in-throttled` (429) when this attempt comes too early, else counts it as failed. */
  begin(subject: string): void {
    const now = this.clock.monotonic();
    const before = this.#subjects.get(subject);
    refuseUntil(before?.blockedUntil ?? 0, now);
    this.#subjects.set(subject, next(before, now));
  }

  succeeded(subject: string): void {
    this.#subjects.delete(subject);
  }
}

function refuseUntil(blockedUntil: number, now: number): void {
  if (blockedUntil <= now) return;
  const retryAfterSeconds = Math.ceil((blockedUntil - now) / 1000);
  throw new DatakeepError('sign-in-throttled', undefined, { retryAfterSeconds });
}

function next(before: Failures | undefined, now: number): Failures {
  const count = (before?.count ?? 0) + 1;
  const delaySeconds = count < firstDelayed ? 0 : Math.min(2 ** (count - firstDelayed), longestDelaySeconds);
  return { count, blockedUntil: now + delaySeconds * 1000 };
}
