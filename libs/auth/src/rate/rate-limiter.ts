import { DatakeepError, lruMap, type Clock, type RateLimits } from '@datakeep/kernel';

/** Class of route that a limit counts. */
export type RateClass = keyof RateLimits;

/** Where the limiter puts its headers; a Fastify reply is one. */
export interface HeaderSink {
  header(name: string, value: string): unknown;
}

/** One class's limit: a request each `intervalMs`, at most `quota` at once. */
interface Policy {
  readonly intervalMs: number;
  readonly quota: number;
  readonly header: string;
  readonly name: string;
}

/**
 * Per subject and class, when all requests so far would have been served at the steady rate: GCRA's theoretical arrival
 * time, ms.
 */
type Arrivals = Record<RateClass, number>;

const maxSubjects = 10_000;

/** ms. Debts are sums of fractions; a microsecond more or less decides nothing. */
const rounding = 1e-3;

/**
 * Counts requests per subject (an app's, admin's id, or an address) and class by GCRA (ITU-T I.371): a whole minute's
 * quota at once, then one more each interval. Headers by draft-ietf-httpapi-ratelimit-headers-10: `r` left now, `t`
 * seconds until more is there.
 *
 * Our own because no kept library fits: rate-limiter-flexible's memory limiter is a fixed window (twice the quota
 * around its edge), reads `Date.now()`, holds one timer per key, and has no bound on its keys. Here memory is bounded:
 * the subject least lately seen is forgotten, which gives it a fresh quota.
 */
export class RateLimiter {
  readonly #clock: Clock;
  /** Times are counted from here: small numbers keep their fractions. */
  readonly #origin: number;
  readonly #policies: Readonly<Record<RateClass, Policy>> | undefined;
  readonly #subjects = lruMap<Arrivals>(maxSubjects);

  constructor(limits: RateLimits | 'off', clock: Clock) {
    this.#clock = clock;
    this.#origin = clock.monotonic();
    if (limits !== 'off')
      this.#policies = {
        read: policyOf('read', limits.read),
        write: policyOf('write', limits.write),
        run: policyOf('run', limits.run),
        'sign-in': policyOf('sign-in', limits['sign-in']),
      };
  }

  /**
   * Counts one request and puts `RateLimit` and `RateLimit-Policy` on the answer. Throws
   * `DatakeepError('rate-limited')` with `retryAfterSeconds` (≥ `t`, ≥ 1) when the quota is used up; a refused request
   * is not counted.
   */
  enforce(subject: string, rateClass: RateClass, answer: HeaderSink): void {
    if (!this.#policies) return;
    const { intervalMs, quota, header, name } = this.#policies[rateClass];
    const now = this.#clock.monotonic() - this.#origin;
    let arrivals = this.#subjects.get(subject);
    if (!arrivals) {
      arrivals = { read: 0, write: 0, run: 0, 'sign-in': 0 };
      this.#subjects.set(subject, arrivals);
    }
    const debtMs = Math.max(arrivals[rateClass] - now, 0) + intervalMs;
    const waitMs = debtMs - quota * intervalMs - rounding;
    answer.header('RateLimit-Policy', header);
    if (waitMs > 0) {
      const t = Math.max(1, Math.ceil(waitMs / 1000));
      answer.header('RateLimit', `"${name}";r=0;t=${t}`);
      throw new DatakeepError(
        'rate-limited',
        `More than ${quota} requests of class ${name}; more will be taken in ${t} s.`,
        {
          retryAfterSeconds: t,
        },
      );
    }
    arrivals[rateClass] = now + debtMs;
    const remaining = Math.floor(quota - (debtMs - rounding) / intervalMs);
    // One more is there when the debt has fallen to what leaves room for it.
    const moreInMs = debtMs - (quota - remaining - 1) * intervalMs;
    answer.header('RateLimit', `"${name}";r=${remaining};t=${Math.ceil((moreInMs - rounding) / 1000)}`);
  }
}

/** A rate below one a minute (`10/h`) has a quota of one in a longer window. */
function policyOf(name: RateClass, perMinute: number): Policy {
  const intervalMs = 60_000 / perMinute;
  const quota = Math.max(1, Math.floor(perMinute));
  return { intervalMs, quota, name, header: `"${name}";q=${quota};w=${Math.ceil((quota * intervalMs) / 1000)}` };
}
