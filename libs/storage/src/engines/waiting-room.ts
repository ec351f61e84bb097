import type { NewEvent } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

export interface WaitingLimits {
  /** Payload text that may wait for the writer, in UTF-16 units. Default 32 Mi. */
  readonly waitingBytes?: number;
  /** Events that may wait for the writer. Default 20,000: twenty batches at once. */
  readonly waitingEvents?: number;
}

/** What events take of `waitingBytes`. */
export const payloadUnits = (events: readonly NewEvent[]): number =>
  events.reduce((sum, { payload }) => sum + payload.length, 0);

/**
 * Bounds on what waits for a writer; beyond them writes are refused. A write that finds less waiting than both is
 * admitted whole, however large it is.
 */
export class WaitingRoom {
  readonly #limits: Required<WaitingLimits>;
  #bytes = 0;
  #events = 0;

  constructor({ waitingBytes = 32 * 1024 * 1024, waitingEvents = 20_000 }: WaitingLimits) {
    this.#limits = { waitingBytes, waitingEvents };
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** More than a tenth of what may wait is waiting. */
  get isCrowded(): boolean {
    return this.#events * 10 > this.#limits.waitingEvents || this.#bytes * 10 > this.#limits.waitingBytes;
  }

  /** Throws `storage-busy`. */
  enter(bytes: number, events: number): void {
    if (this.#bytes >= this.#limits.waitingBytes || this.#events >= this.#limits.waitingEvents)
      throw new DatakeepError('storage-busy', undefined, { retryAfterSeconds: 1 });
    this.#bytes += bytes;
    this.#events += events;
  }

  leave(bytes: number, events: number): void {
    this.#bytes -= bytes;
    this.#events -= events;
  }
}
