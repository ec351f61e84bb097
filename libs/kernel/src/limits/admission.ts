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
  #requests = 0;
  #bytes = 0;
  readonly #idle = Promise.withResolvers<void>();
  #closed = false;

  constructor(limits: AdmissionLimits = { requests: 1000, bytes: 64 * 1024 * 1024 }) {
    this.#limits = limits;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Runs `work`, or throws: what `refusal` makes where too much is in flight, `not-ready` once closed. */
  async run<T>(bytes: number, refusal: () => Error, work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new DatakeepError('not-ready');
    const { requests, bytes: most } = this.#limits;
    if (this.#requests > 0 && (this.#requests >= requests || this.#bytes + bytes > most)) throw refusal();
    this.#requests += 1;
    this.#bytes += bytes;
    try {
      return await work();
    } finally {
      this.#requests -= 1;
      this.#bytes -= bytes;
      this.#resolveIdle();
    }
  }

  /** Lets in nothing from now on; resolves when what is in flight has ended. */
  close(): Promise<void> {
    this.#closed = true;
    this.#resolveIdle();
    return this.#idle.promise;
  }

  #resolveIdle(): void {
    if (this.#closed && this.#requests === 0) this.#idle.resolve();
  }
}
