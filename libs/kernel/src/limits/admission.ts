import { DatakeepError } from '../errors/datakeep-error.ts';

export interface AdmissionLimits {
  readonly requests: number;
  /** UTF-16 units. */
  readonly bytes: number;
}

/**
 * Counts what is in flight towards, or in, one service, so that a slow other side costs refusals and not memory. One
 * request alone is always let in, whatever its size.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #running = new Set<Promise<unknown>>();
  #bytes = 0;
  #closed = false;

  constructor(limits: AdmissionLimits = { requests: 1000, bytes: 64 * 1024 * 1024 }) {
    this.#limits = limits;
  }

  get requests(): number {
    return this.#running.size;
  }

  /** Runs `work`, or throws: what `refusal` makes where too much is in flight, `not-ready` once closed. */
  async run<T>(bytes: number, refusal: () => Error, work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new DatakeepError('not-ready');
    const { requests, bytes: most } = this.#limits;
    if (this.requests > 0 && (this.requests >= requests || this.#bytes + bytes > most)) throw refusal();
    const running = work();
    this.#running.add(running);
    this.#bytes += bytes;
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      this.#bytes -= bytes;
    }
  }

  /** Lets in nothing from now on; resolves when what is in flight has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
  }
}
