import type { AppLimitDirectory, Caller, DataStorage, SourceUsage } from '@datakeep/contracts';
import { type AppLimits, checkAppLimit, type Clock, lruMap } from '@datakeep/kernel';

/**
 * For how long a count of the storage is gone on from, ms. Each gateway lets an app pass its limit by no more than the
 * others take in that time.
 */
const freshMs = 5000;
const maxSources = 10_000;

interface Counted {
  readonly readAt: number;
  readonly limits: AppLimits;
  events: number;
  bytes: number;
}

/**
 * Keeps the events that an app has stored within its limits. What the storage counted is gone on from for some seconds,
 * so that an append asks it for nothing; where a limit seems to be met, it is asked anew. Deleting makes room at once.
 */
export class StoredQuota {
  readonly #counted = lruMap<Counted>(maxSources);

  constructor(
    private readonly options: {
      readonly storage: Pick<DataStorage, 'usageOf'>;
      readonly limits: AppLimitDirectory;
      readonly clock: Pick<Clock, 'monotonic'>;
    },
  ) {}

  /** Before a write that adds to what the source has. Throws `app-limit-reached`. The admin has no limit. */
  admit(caller: Caller, source: string, adding: SourceUsage): void | Promise<void> {
    if (caller.kind === 'admin') return undefined;
    const counted = this.#counted.get(source);
    const isFresh = counted !== undefined && this.options.clock.monotonic() - counted.readAt < freshMs;
    if (!isFresh || !fits(counted, adding)) return this.#read(source, adding);
    add(counted, adding);
    return undefined;
  }

  async #read(source: string, adding: SourceUsage): Promise<void> {
    const readAt = this.options.clock.monotonic();
    const [usage, limits] = await Promise.all([this.options.storage.usageOf(source), this.options.limits.of(source)]);
    const unlimited = { ...limits, events: Number.POSITIVE_INFINITY, eventBytes: Number.POSITIVE_INFINITY };
    const counted: Counted =
      usage === undefined
        ? { readAt, limits: unlimited, events: 0, bytes: 0 }
        : { readAt, limits, events: usage.events, bytes: usage.bytes };
    this.#counted.set(source, counted);
    if (adding.events > 0) checkAppLimit(counted.limits, 'events', counted.events, adding.events);
    if (adding.bytes > 0) checkAppLimit(counted.limits, 'eventBytes', counted.bytes, adding.bytes);
    add(counted, adding);
  }
}

function fits({ limits, events, bytes }: Counted, adding: SourceUsage): boolean {
  return events + adding.events <= limits.events && bytes + adding.bytes <= limits.eventBytes;
}

function add(counted: Counted, adding: SourceUsage): void {
  counted.events += adding.events;
  counted.bytes += adding.bytes;
}

/** What events would add. */
export function sizeOf(events: readonly { readonly payload: string }[]): SourceUsage {
  let bytes = 0;
  for (const { payload } of events) bytes += Buffer.byteLength(payload);
  return { events: events.length, bytes };
}
