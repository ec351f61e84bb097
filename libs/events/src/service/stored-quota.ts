import type { AppLimitDirectory, Caller, DataStorage, SourceUsage } from '@datakeep/contracts';
import { type AppLimits, checkAppLimit, type Clock, lruMap } from '@datakeep/kernel';

/**
 * For how long a count of the storage is gone on from, ms. Each gateway lets an app pass its limit by no more than the
 * others take in that time.
 */
const freshMs = 5000;
const maxSources = 10_000;

type Sum = { -readonly [Member in keyof SourceUsage]: SourceUsage[Member] };

/** What the storage counted, and what was admitted since. */
interface Counted extends Sum {
  readonly readAt: number;
  readonly limits: AppLimits;
}

interface Source {
  counted: Counted | undefined;
  /** Admitted in this process, ever. */
  readonly admitted: Sum;
  /** Admitted, and perhaps not stored yet: a count of the storage may miss it. */
  readonly storing: Map<Promise<unknown>, SourceUsage>;
}

/**
 * Keeps the events that an app has stored within its limits. What the storage counted is gone on from for some seconds,
 * so that an append asks it for nothing; where a limit seems to be met, it is asked anew, once what this process is
 * storing is stored. Deleting makes room at once.
 */
export class StoredQuota {
  readonly #sources = lruMap<Source>(maxSources);

  constructor(
    private readonly options: {
      readonly storage: Pick<DataStorage, 'usageOf'>;
      readonly limits: AppLimitDirectory;
      readonly clock: Pick<Clock, 'monotonic'>;
    },
  ) {}

  /** Makes a write that adds to what the source has. Throws `app-limit-reached`. The admin has no limit. */
  within<T>(caller: Caller, source: string, adding: SourceUsage, write: () => Promise<T>): Promise<T> {
    if (caller.kind === 'admin') return write();
    let known = this.#sources.get(source);
    if (!known)
      this.#sources.set(source, (known = { counted: undefined, admitted: { ...nothing }, storing: new Map() }));
    const { counted } = known;
    const isFresh = counted !== undefined && this.options.clock.monotonic() - counted.readAt < freshMs;
    return isFresh && fits(counted, adding)
      ? begin(known, counted, adding, write)
      : this.#afterCount(source, known, adding, write);
  }

  async #afterCount<T>(source: string, known: Source, adding: SourceUsage, write: () => Promise<T>): Promise<T> {
    const { storage, limits, clock } = this.options;
    for (;;) {
      const readAt = clock.monotonic();
      const before = { ...known.admitted };
      const storing = new Map(known.storing);
      const [usage, ofApp] = await Promise.all([storage.usageOf(source), limits.of(source)]);
      const { admitted } = known;
      const since = { events: admitted.events - before.events, bytes: admitted.bytes - before.bytes };
      const least = sum(usage ?? nothing, since);
      const counted = { ...[...storing.values()].reduce(sum, least), readAt, limits: usage ? ofApp : unlimited(ofApp) };
      known.counted = counted;
      if (fits(counted, adding)) return begin(known, counted, adding, write);
      if (adding.events > 0) checkAppLimit(counted.limits, 'events', least.events, adding.events);
      if (adding.bytes > 0) checkAppLimit(counted.limits, 'eventBytes', least.bytes, adding.bytes);
      await Promise.allSettled(storing.keys());
    }
  }
}

const nothing: SourceUsage = { events: 0, bytes: 0 };

const unlimited = (limits: AppLimits): AppLimits => ({
  ...limits,
  events: Number.POSITIVE_INFINITY,
  eventBytes: Number.POSITIVE_INFINITY,
});

const sum = (one: SourceUsage, other: SourceUsage): SourceUsage => ({
  events: one.events + other.events,
  bytes: one.bytes + other.bytes,
});

function add(to: Sum, adding: SourceUsage): void {
  to.events += adding.events;
  to.bytes += adding.bytes;
}

/** What adds nothing of a kind is not held to the limit of that. */
function fits({ limits, events, bytes }: Counted, adding: SourceUsage): boolean {
  const { events: more, bytes: moreBytes } = adding;
  return (more <= 0 || events + more <= limits.events) && (moreBytes <= 0 || bytes + moreBytes <= limits.eventBytes);
}

function begin<T>(known: Source, counted: Counted, adding: SourceUsage, write: () => Promise<T>): Promise<T> {
  // In place: this runs for every event.
  add(known.admitted, adding);
  add(counted, adding);
  const made = write();
  known.storing.set(made, adding);
  const forget = (): boolean => known.storing.delete(made);
  made.then(forget, forget);
  return made;
}

/** What events would add. */
export function sizeOf(events: readonly { readonly payload: string }[]): SourceUsage {
  let bytes = 0;
  for (const { payload } of events) bytes += Buffer.byteLength(payload);
  return { events: events.length, bytes };
}
