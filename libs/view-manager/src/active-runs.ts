import type { RunRecord } from './records.ts';

/** One attempt of a run that this process works on. It is `over` when nothing it asks for may be answered any more. */
export class ActiveRun {
  readonly runId: string;
  readonly appId: string;
  readonly viewInstanceId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #begun = Promise.withResolvers<boolean>();
  #cancelled = false;
  #ended = false;

  constructor({ id, appId, viewInstanceId }: RunRecord, attempt: number, queueSignal: AbortSignal) {
    this.runId = id;
    this.appId = appId;
    this.viewInstanceId = viewInstanceId;
    this.attempt = attempt;
    this.signal = AbortSignal.any([queueSignal, this.#controller.signal]);
  }

  /** Whether a caller asked for the end, as opposed to a shutdown or a newer attempt. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  get over(): boolean {
    return this.#ended || this.signal.aborted;
  }

  /** Told once: whether `running` with this attempt is stored. */
  began(stored: boolean): void {
    if (!stored) this.stop();
    this.#begun.resolve(stored);
  }

  /** Resolves when it is known whether the attempt is stored as `running`. */
  stored(): Promise<boolean> {
    return this.#begun.promise;
  }

  /** Whether the attempt is stored as `running` and its code may still be served. */
  async live(): Promise<boolean> {
    return !this.over && (await this.stored()) && !this.over;
  }

  cancel(): void {
    this.#cancelled = true;
    this.stop();
  }

  /** Kills the attempt without ending its run. */
  stop(): void {
    this.#controller.abort();
  }

  ended(): void {
    this.#ended = true;
  }
}

/**
 * The attempts that this process works on, by run. There is more than one only when a job was delivered again while its worker lives; the records decide which of
 * them counts.
 */
export class ActiveRuns {
  readonly #byRun = new Map<string, Set<ActiveRun>>();

  add(run: ActiveRun): void {
    const runs = this.#byRun.get(run.runId) ?? new Set();
    this.#byRun.set(run.runId, runs.add(run));
  }

  remove(run: ActiveRun): void {
    run.ended();
    const runs = this.#byRun.get(run.runId);
    runs?.delete(run);
    if (runs?.size === 0) this.#byRun.delete(run.runId);
  }

  of(runId: string): readonly ActiveRun[] {
    return [...(this.#byRun.get(runId) ?? [])];
  }

  /** The one that is stored as `running` with this attempt. */
  async stored(runId: string, attempt: number): Promise<ActiveRun | undefined> {
    for (const run of this.of(runId)) if (run.attempt === attempt && (await run.stored())) return run;
    return undefined;
  }

  all(): readonly ActiveRun[] {
    return [...this.#byRun.values()].flatMap((runs) => Array.from(runs));
  }
}
