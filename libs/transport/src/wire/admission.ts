export interface AdmissionLimits {
  readonly requests: number;
  readonly bytes: number;
}

/**
 * Counts what is in flight, so that a slow other side costs refusals and not memory. One request alone is always let
 * in, whatever its size.
 */
export class Admission {
  #requests = 0;
  #bytes = 0;
  #waiting: (() => void)[] = [];

  constructor(private readonly limits: AdmissionLimits) {}

  get requests(): number {
    return this.#requests;
  }

  /** False: too much is in flight. What was let in is let out with the same size. */
  enter(bytes: number): boolean {
    if (this.#requests > 0 && (this.#requests >= this.limits.requests || this.#bytes + bytes > this.limits.bytes))
      return false;
    this.#requests += 1;
    this.#bytes += bytes;
    return true;
  }

  leave(bytes: number): void {
    this.#requests -= 1;
    this.#bytes -= bytes;
    if (this.#requests > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when nothing is in flight. */
  settled(): Promise<void> {
    return this.#requests === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
