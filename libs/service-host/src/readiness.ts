export interface ReadinessReport {
  readonly status: 'up' | 'down';
  readonly waitingFor: readonly string[];
}

/** What the process needs before it can serve, and whether it is on its way out. */
export class Readiness {
  readonly #listeners = new Set<() => void>();
  #stopping = false;

  constructor(private readonly checks: Readonly<Record<string, () => Promise<void>>>) {}

  /**
   * Calls `listener` when the process begins to stop, at once if it already has: requests that merely wait should be
   * answered then. The returned function removes `listener`. Not a promise: its reactions are kept as long as it is
   * pending, which is the life of the process.
   */
  onStop(listener: () => void): () => void {
    if (this.#stopping) listener();
    else this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  /** From now on the process is not ready: balancers send no more. */
  stop(): void {
    this.#stopping = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** The body of `/health/ready`. */
  async report(): Promise<ReadinessReport> {
    const waitingFor = await this.waitingFor();
    return { status: waitingFor.length === 0 ? 'up' : 'down', waitingFor };
  }

  /** Names of what is not there yet; empty when ready. */
  async waitingFor(): Promise<readonly string[]> {
    if (this.#stopping) return ['shutdown'];
    const names = Object.keys(this.checks);
    const results = await Promise.allSettled(Object.values(this.checks).map((check) => check()));
    return names.filter((_name, index) => results[index]?.status === 'rejected');
  }
}
