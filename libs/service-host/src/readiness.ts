/** What the process needs before it can serve, and whether it is on its way out. */
export class Readiness {
  readonly #stop = Promise.withResolvers<void>();
  #stopping = false;

  constructor(private readonly checks: Readonly<Record<string, () => Promise<void>>>) {}

  /** Resolves when the process is on its way out: what merely waits should answer now. */
  get stopped(): Promise<void> {
    return this.#stop.promise;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  /** From now on the process is not ready: balancers send no more. */
  stop(): void {
    this.#stopping = true;
    this.#stop.resolve();
  }

  /** Names of what is not there yet; empty when ready. */
  async waitingFor(): Promise<readonly string[]> {
    if (this.#stopping) return ['shutdown'];
    const names = Object.keys(this.checks);
    const results = await Promise.allSettled(Object.values(this.checks).map((check) => check()));
    return names.filter((_name, index) => results[index]?.status === 'rejected');
  }
}
