import type { AppLimitDirectory, Caller, DataStorage, SourceUsage } from '@datakeep/contracts';
import { type AppLimits, beforeWriting, checkAppLimit, type Clock, lruMap } from '@datakeep/kernel';

/**
 * For how long a count of the storage is gone on from, ms, and for what share of the room that was left. So each
 * gateway lets an app pass its limit by no more than the others take in that time, nor by more than that share.
 */
const freshMs = 5000;
const share = 0.1;
const maxSources = 10_000;

type Sum = { -readonly [Member in keyof SourceUsage]: SourceUsage[Member] };

/** What the storage counted, and what was admitted since. */
interface Counted extends Sum {
  readonly readAt: number;
  readonly limits: AppLimits;
  /** Up to which it is gone on from. */
  readonly until: SourceUsage;
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
    return isFresh && isHeldTo(counted.limits, this.options.limits.of(source)) && fits(counted, adding, counted.until)
      ? begin(known, counted, adding, write)
      : this.#afterCount(source, known, adding, write);
  }

  async #afterCount<T>(source: string, known: Source, adding: SourceUsage, write: () => Promise<T>): Promise<T> {
    const { storage, limits, clock } = this.options;
    for (;;) {
      const readAt = clock.monotonic();
      const before = { ...known.admitted };
      const storing = new Map(known.storing);
      const [usage, ofApp] = await beforeWriting(Promise.all([storage.usageOf(source), limits.of(source)]));
      const { admitted } = known;
      const since = { events: admitted.events - before.events, bytes: admitted.bytes - before.bytes };
      const least = sum(usage ?? nothing, since);
      const most = usage ? { events: ofApp.events, bytes: ofApp.eventBytes } : unlimited;
      const { events, bytes } = [...storing.values()].reduce(sum, least);
      const until = { events: partOf(events, most.events), bytes: partOf(bytes, most.bytes) };
      const counted = { events, bytes, readAt, limits: ofApp, until };
      known.counted = counted;
      if (fits(counted, adding, most)) return begin(known, counted, adding, write);
      if (adding.events > 0) checkAppLimit(ofApp, 'events', least.events, adding.events);
      if (adding.bytes > 0) checkAppLimit(ofApp, 'eventBytes', least.bytes, adding.bytes);
      await Promise.allSettled(storing.keys());
    }
  }
}

const nothing: SourceUsage = { events: 0, bytes: 0 };

/** Of a storage that counts nothing. */
const unlimited: SourceUsage = { events: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

const partOf = (used: number, most: number): number => used + share * (most - used);

const sum = (one: SourceUsage, other: SourceUsage): SourceUsage => ({
  events: one.events + other.events,
  bytes: one.bytes + other.bytes,
});

function add(to: Sum, adding: SourceUsage): void {
  to.events += adding.events;
  to.bytes += adding.bytes;
}

/** So that a limit which the admin lowers counts at the next write. */
const isHeldTo = (known: AppLimits, now: AppLimits | Promise<AppLimits>): boolean =>
  !(now instanceof Promise) && known.events === now.events && known.eventBytes === now.eventBytes;

/** What adds nothing of a kind is not held to the limit of that. */
function fits(used: SourceUsage, adding: SourceUsage, most: SourceUsage): boolean {
  return (
    (adding.events <= 0 || used.events + adding.events <= most.events) &&
    (adding.bytes <= 0 || used.bytes + adding.bytes <= most.bytes)
  );
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
