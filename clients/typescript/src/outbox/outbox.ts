import type { NewEvent as SentEvent, ProblemPlace } from '../generated/types.gen.ts';
import type { Connection } from '../http/connection.ts';
import { KeepError, type ClientError } from '../http/problem.ts';
import type { JsonObject } from '../payload-of.ts';
import { type NewEvent, sentEvent } from '../resources/new-event.ts';
import { batchEvents, cutToSize, pauseMs } from './outbox-rules.ts';
import type { AddedEvent, OutboxStore, WaitingEvent } from './outbox-store.ts';

export interface OutboxOptions {
  readonly store: OutboxStore;
  /** Events that may wait; `add` rejects with `OutboxFull` beyond. Default: 100,000. */
  readonly limit?: number | undefined;
  /** Called when sending has to wait: the keep is away, the app has no right yet, a quota is reached. */
  readonly onProblem?: ((error: ClientError) => void) | undefined;
}

/** Why an event is put aside. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly ProblemPlace[];
}

export interface RefusedOutboxEvent {
  readonly id: number;
  readonly event: SentEvent;
  readonly reason: Refusal;
}

export class OutboxFull extends Error {
  override readonly name = 'OutboxFull';
}

interface AddedTogether {
  readonly events: AddedEvent[];
  readonly stored: Promise<void>;
}

/**
 * Events that are sent as soon as the keep takes them: in batches, in the order in which they were added to a profile,
 * across restarts of the program as its store does. An event that the keep refuses is put aside with the reason.
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #store: OutboxStore;
  readonly #limit: number;
  readonly #onProblem: (error: ClientError) => void;
  readonly #closing = new AbortController();
  /** Profiles that wait for a right, and since how many tries. */
  readonly #paused = new Map<string, { readonly until: number; readonly tries: number }>();
  /** With those that the store is about to have. */
  #waiting: Promise<number>;
  #storing = 0;
  #added: AddedTogether | undefined;
  #wake: (() => void) | undefined;
  #hurry: (() => void) | undefined;
  /** Something was added or asked for since the sender looked last. */
  #isNews = false;
  #flushes: { resolve(): void; reject(error: unknown): void }[] = [];
  readonly #sender: Promise<void>;

  constructor(connection: Connection, { store, limit = 100_000, onProblem }: OutboxOptions) {
    this.#connection = connection;
    this.#store = store;
    this.#limit = limit;
    this.#onProblem = onProblem ?? (() => undefined);
    this.#waiting = Promise.resolve(store.count());
    this.#sender = this.#send();
  }

  /** Resolves when the store has it; need not be awaited. `createdDate` is now where none is given. */
  async add<Payload = JsonObject>(event: NewEvent<Payload>): Promise<void> {
    const sent = sentEvent({ createdDate: new Date(), ...event });
    const count = (await this.#waiting) + (this.#added?.events.length ?? 0);
    this.#closing.signal.throwIfAborted();
    if (count >= this.#limit) throw new OutboxFull(`${count} events wait for the keep already, and no more may.`);
    const added = (this.#added ??= this.#begin());
    added.events.push({ profile: sent.metadata.profile, event: JSON.stringify(sent) });
    await added.stored;
  }

  /**
   * Resolves when the keep has everything that can be sent; rejects with what is in the way, and then what waits goes
   * on waiting.
   */
  async flush(): Promise<void> {
    await this.#added?.stored;
    this.#closing.signal.throwIfAborted();
    this.#paused.clear();
    const done = new Promise<void>((resolve, reject) => this.#flushes.push({ resolve, reject }));
    this.#notify(true);
    await done;
  }

  /** How many events wait. */
  async pending(): Promise<number> {
    await this.#added?.stored;
    return this.#store.count();
  }

  /** The events that wait, each as it is sent; of each profile the oldest 1,000. */
  async waiting(): Promise<readonly SentEvent[]> {
    await this.#added?.stored;
    const all: SentEvent[] = [];
    for (const profiles: string[] = []; ;) {
      const entries = await this.#store.take(batchEvents, profiles);
      if (entries.length === 0) return all;
      profiles.push(entries[0]!.profile);
      all.push(...entries.map(({ event }) => JSON.parse(event) as SentEvent));
    }
  }

  async refused(): Promise<readonly RefusedOutboxEvent[]> {
    const refused = await this.#store.refused();
    return refused.map(({ id, event, reason }) => ({
      id,
      event: JSON.parse(event) as SentEvent,
      reason: JSON.parse(reason) as Refusal,
    }));
  }

  /** Sends events once more that were put aside. */
  async retry(...ids: readonly number[]): Promise<void> {
    await this.#store.release(ids);
    this.#waiting = Promise.resolve(this.#store.count()).then((count) => count + this.#storing);
    this.#notify();
  }

  async discard(...ids: readonly number[]): Promise<void> {
    await this.#store.remove(ids);
  }

  /** Ends sending and closes the store. What waits is sent by the next outbox on it. */
  async close(): Promise<void> {
    await this.#added?.stored;
    this.#closing.abort(new DOMException('The outbox is closed.', 'AbortError'));
    this.#notify(true);
    await this.#sender;
    await this.#store.close();
  }

  /** Events that are added in one turn are stored together. */
  #begin(): AddedTogether {
    const events: AddedEvent[] = [];
    const store = async (): Promise<void> => {
      this.#added = undefined;
      this.#less(-events.length);
      this.#storing += events.length;
      try {
        await this.#store.add(events);
      } catch (error) {
        this.#less(events.length);
        throw error;
      } finally {
        this.#storing -= events.length;
      }
      this.#notify();
    };
    return { events, stored: new Promise((resolve) => setTimeout(resolve)).then(store) };
  }

  async #send(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted;) {
      this.#isNews = false;
      try {
        await this.#sendNext();
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        // Or what the store rejects with, such as a disk that is full.
        const problem = error as ClientError;
        this.#tell(problem);
        const asked = problem instanceof KeepError ? (problem.retryAfter ?? 0) * 1000 : 0;
        await this.#backOff(Math.max(asked, pauseMs((failures += 1))));
      }
    }
    this.#settle(signal.reason);
  }

  /** Sends what waits longest, or waits for some. */
  async #sendNext(): Promise<void> {
    const due = [...this.#paused].filter(([, { until }]) => until > Date.now());
    const paused = due.map(([profile]) => profile);
    // Those that come while the store is read may be about what was added meanwhile.
    const flushes = this.#flushes.length;
    const entries = cutToSize(await this.#store.take(batchEvents, paused));
    if (entries.length === 0) {
      if (due.length === 0) for (const { resolve } of this.#flushes.splice(0, flushes)) resolve();
      const until = Math.min(...due.map(([, pause]) => pause.until));
      return this.#sleep(due.length === 0 ? undefined : until - Date.now());
    }
    const { profile } = entries[0]!;
    try {
      await this.#deliver(entries);
      this.#paused.delete(profile);
    } catch (error) {
      if (!(error instanceof KeepError && error.status === 403)) throw error;
      this.#pauseProfile(profile);
      this.#tell(error);
    }
  }

  /** Sends them, apart where they are too large together. Throws what is not about one of them. */
  async #deliver(entries: readonly (WaitingEvent & AddedEvent)[]): Promise<void> {
    try {
      await this.#connection.ask({
        method: 'POST',
        path: '/app/v1/events',
        jsonText: `{"events":[${entries.map(({ event }) => event).join(',')}]}`,
        headers: { prefer: 'return=minimal' },
        signal: this.#closing.signal,
        repeatable: 'always',
      });
      await this.#store.remove(entries.map(({ id }) => id));
      this.#less(entries.length);
    } catch (error) {
      if (!(error instanceof KeepError) || ![400, 409, 413, 422].includes(error.status)) throw error;
      const named = new Set(error.errors.flatMap(({ index }) => (index === undefined ? [] : [index])));
      if (named.size > 0)
        return this.#putAside(
          entries.filter((_, index) => named.has(index)),
          error,
          named,
        );
      if (entries.length === 1) return this.#putAside(entries, error);
      const half = Math.ceil(entries.length / 2);
      await this.#deliver(entries.slice(0, half));
      await this.#deliver(entries.slice(half));
    }
  }

  async #putAside(
    entries: readonly WaitingEvent[],
    { code, detail, errors }: KeepError,
    named?: ReadonlySet<number>,
  ): Promise<void> {
    const indexes = [...(named ?? [])].sort((left, right) => left - right);
    await this.#store.refuse(
      entries.map(({ id }, at) => {
        const own = errors.filter(({ index }) => named === undefined || index === indexes[at]);
        return { id, reason: JSON.stringify({ code, detail, errors: own } satisfies Refusal) };
      }),
    );
    this.#less(entries.length);
  }

  #less(by: number): void {
    this.#waiting = this.#waiting.then((count) => Math.max(0, count - by));
  }

  #pauseProfile(profile: string): void {
    const tries = (this.#paused.get(profile)?.tries ?? 0) + 1;
    this.#paused.set(profile, { tries, until: Date.now() + 10 * pauseMs(tries) });
  }

  #tell(problem: ClientError): void {
    this.#settle(problem);
    this.#onProblem(problem);
  }

  #settle(error: unknown): void {
    for (const { reject } of this.#flushes.splice(0)) reject(error);
  }

  #notify(isUrgent = false): void {
    this.#isNews = true;
    this.#wake?.();
    if (isUrgent) this.#hurry?.();
  }

  /** Until there is news, or so many ms. */
  async #sleep(ms?: number): Promise<void> {
    if (this.#isNews) return;
    await this.#rest(ms, (wake) => {
      this.#wake = wake;
    });
    this.#wake = undefined;
  }

  /** So many ms, whatever is added; a flush and the end come at once. */
  async #backOff(ms: number): Promise<void> {
    if (this.#flushes.length > 0) return;
    await this.#rest(ms, (hurry) => {
      this.#hurry = hurry;
    });
    this.#hurry = undefined;
  }

  async #rest(ms: number | undefined, listen: (end: () => void) => void): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      listen(resolve);
      if (ms !== undefined) timer = setTimeout(resolve, Math.max(0, ms));
    });
    clearTimeout(timer);
  }
}
