import type { AttemptName, StopReason } from '@datakeep/contracts';
import type { RunRecord } from './records.ts';

/** One attempt of a run that began in this process; its worker may be in another. It is `over` when nothing it asks for may be answered any more. */
export class ActiveRun implements AttemptName {
  readonly runId: string;
  readonly appId: string;
  readonly viewInstanceId: string;
  readonly attempt: number;
  readonly dry: boolean;
  readonly #stop: ((reason: StopReason) => void) | undefined;
  readonly #begun = Promise.withResolvers<RunRecord | undefined>();
  #reason: StopReason | undefined;
  #ended = false;
  #heardAt: number;

  /** `stop` comes from a worker in this process; `now` in ms. */
  constructor(
    { id, appId, viewInstanceId, dry }: RunRecord,
    attempt: number,
    stop: ((reason: StopReason) => void) | undefined,
    now: number,
  ) {
    this.runId = id;
    this.appId = appId;
    this.viewInstanceId = viewInstanceId;
    this.attempt = attempt;
    this.dry = dry === true;
    this.#stop = stop;
    this.#heardAt = now;
    // Whoever asks for it meets the error; without anybody who asks it is no event of its own.
    this.#begun.promise.catch(() => undefined);
  }

  /** Whether its worker is in this process. */
  get here(): boolean {
    return this.#stop !== undefined;
  }

  get stopReason(): StopReason | undefined {
    return this.#reason;
  }

  /** Whether a caller asked for the end, as opposed to a newer attempt. */
  get cancelled(): boolean {
    return this.#reason === 'cancelled';
  }

  get over(): boolean {
    return this.#ended || this.#reason !== undefined;
  }

  /** When its worker, being in another process, last gave a sign, in ms. */
  get heardAt(): number {
    return this.#heardAt;
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  /** Told once: the record as `running`, or undefined where the attempt came too late. */
  began(record: RunRecord | undefined): void {
    this.#begun.resolve(record);
    if (!record) this.stop();
  }

  /** Instead of `began`: it could not be stored. */
  failedToBegin(error: unknown): void {
    this.#begun.reject(error);
    this.stop();
  }

  /** The record as `running` with this attempt, undefined where it came too late; rejects where it could not be stored. */
  begun(): Promise<RunRecord | undefined> {
    return this.#begun.promise;
  }

  /** Whether the attempt is stored as `running`. */
  stored(): Promise<boolean> {
    return this.begun().then(
      (record) => record !== undefined,
      () => false,
    );
  }

  /** Whether the attempt is stored as `running` and its code may still be served. */
  async live(): Promise<boolean> {
    return !this.over && (await this.stored()) && !this.over;
  }

  cancel(): void {
    this.stop('cancelled');
  }

  /** Kills the attempt; without `cancelled` that does not end its run. The first reason holds, but a caller's wish is never forgotten. */
  stop(reason: StopReason = 'overtaken'): void {
    if (this.#reason === 'cancelled' || this.#reason === reason) return;
    const first = this.#reason === undefined;
    this.#reason = reason;
    if (first) this.#stop?.(reason);
  }

  ended(): void {
    this.#ended = true;
  }
}

/**
 * The attempts that began in this process, by run. There is more than one only when a job was delivered again while its worker lives; the records decide which of
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

  find({ runId, attempt }: AttemptName): ActiveRun | undefined {
    for (const run of this.#byRun.get(runId) ?? []) if (run.attempt === attempt) return run;
    return undefined;
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
