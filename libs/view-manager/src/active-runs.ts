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

  /** Resolves when it is known whether the attempt is stored as `running`: true while its run may be served. */
  async live(): Promise<boolean> {
    return !this.over && (await this.#begun.promise) && !this.over;
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

/** The attempts that this process works on, by run. */
export class ActiveRuns {
  readonly #byRun = new Map<string, ActiveRun>();

  add(run: ActiveRun): void {
    this.#byRun.get(run.runId)?.stop();
    this.#byRun.set(run.runId, run);
  }

  remove(run: ActiveRun): void {
    run.ended();
    if (this.#byRun.get(run.runId) === run) this.#byRun.delete(run.runId);
  }

  get(runId: string): ActiveRun | undefined {
    return this.#byRun.get(runId);
  }

  all(): readonly ActiveRun[] {
    return [...this.#byRun.values()];
  }
}
