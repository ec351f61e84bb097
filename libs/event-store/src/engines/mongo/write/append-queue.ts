import type { AppendResult, NewEvent } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

export interface WaitingLimits {
  /** UTF-16 units of payload text. */
  readonly waitingBytes: number;
  readonly waitingEvents: number;
}

interface Waiting {
  readonly events: readonly NewEvent[];
  readonly bytes: number;
  readonly resolve: (results: AppendResult[] | Promise<AppendResult[]>) => void;
  readonly reject: (error: unknown) => void;
}

/** Messages under way at once. */
const lanes = 8;
/** Single events that share a message. */
const singlesTogether = 100;

/** What goes to the server: a list alone, or single events of several requests together. */
export interface Appender {
  appendSingles(events: readonly NewEvent[]): Promise<(AppendResult | Promise<AppendResult>)[]>;
  appendList(events: readonly NewEvent[]): Promise<AppendResult[]>;
}

/** Bounded: what finds as much waiting as the limits say is refused at once. A request that finds less enters whole, however large it is. */
export class AppendQueue {
  readonly #appender: Appender;
  readonly #limits: WaitingLimits;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #events = 0;
  #busy = 0;
  #scheduled = false;

  constructor(appender: Appender, limits: WaitingLimits) {
    this.#appender = appender;
    this.#limits = limits;
  }

  get waitingBytes(): number {
    return this.#bytes;
  }

  append(events: readonly NewEvent[]): Promise<AppendResult[]> {
    if (this.#bytes >= this.#limits.waitingBytes || this.#events >= this.#limits.waitingEvents)
      return Promise.reject(new DatakeepError('storage-busy', undefined, { retryAfterSeconds: 1 }));
    let bytes = 0;
    for (const event of events) bytes += event.payload.length;
    this.#bytes += bytes;
    this.#events += events.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, bytes, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      // Requests of one turn of the event loop share a message.
      setImmediate(() => {
        this.#scheduled = false;
        this.#handOver();
      });
    });
  }

  #handOver(): void {
    while (this.#busy < lanes && this.#waiting.length > 0) {
      const group = this.#next();
      for (const entry of group) {
        this.#bytes -= entry.bytes;
        this.#events -= entry.events.length;
      }
      this.#busy += 1;
      void this.#carryOut(group).finally(() => {
        this.#busy -= 1;
        this.#handOver();
      });
    }
  }

  #next(): Waiting[] {
    let end = 0;
    while (end < singlesTogether && this.#waiting[end]?.events.length === 1) end += 1;
    return this.#waiting.splice(0, Math.max(1, end));
  }

  async #carryOut(group: readonly Waiting[]): Promise<void> {
    const [first] = group;
    if (!first) return;
    try {
      if (first.events.length > 1) first.resolve(await this.#appender.appendList(first.events));
      else {
        const results = await this.#appender.appendSingles(group.map((entry) => entry.events[0] as NewEvent));
        // One that waits for another's batch holds up neither the rest nor the lane.
        for (const [index, entry] of group.entries())
          entry.resolve(Promise.resolve(results[index] as AppendResult).then((result) => [result]));
      }
    } catch (error) {
      for (const entry of group) entry.reject(error);
    }
  }
}
