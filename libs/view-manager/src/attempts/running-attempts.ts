import type { AttemptId, StopReason } from '@datakeep/contracts';
import type { RunRecord } from '../records/records.ts';

/**
 * One attempt of a run that began in this process; its worker may be in another. It is `over` when nothing it asks for
 * may be answered any more.
 */
export class RunningAttempt implements AttemptId {
  /** As it was stored when the attempt began. */
  readonly record: RunRecord;
  readonly #stop: ((reason: StopReason) => void) | undefined;
  #reason: StopReason | undefined;
  #ended = false;
  #heardAt: number;

  /** `stop` comes from a worker in this process; `now` as `monotonic()` of the clock. */
  constructor(record: RunRecord, stop: ((reason: StopReason) => void) | undefined, now: number) {
    this.record = record;
    this.#stop = stop;
    this.#heardAt = now;
  }

  get runId(): string {
    return this.record.id;
  }

  get attempt(): number {
    return this.record.attempts;
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

  /** When its worker, being in another process, last gave a sign, as `monotonic()` of the clock. */
  get heardAt(): number {
    return this.#heardAt;
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  /** Kills the attempt. The first reason holds, but a caller's wish is never forgotten: only that ends the run. */
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
 * The attempts that began in this process, by run. There is more than one only when a job was delivered again while its
 * worker lives; the records decide which of them counts.
 */
export class RunningAttempts {
  readonly #byRun = new Map<string, Set<RunningAttempt>>();

  add(running: RunningAttempt): void {
    const ofRun = this.#byRun.get(running.runId) ?? new Set();
    this.#byRun.set(running.runId, ofRun.add(running));
  }

  remove(running: RunningAttempt): void {
    running.ended();
    const ofRun = this.#byRun.get(running.runId);
    ofRun?.delete(running);
    if (ofRun?.size === 0) this.#byRun.delete(running.runId);
  }

  of(runId: string): readonly RunningAttempt[] {
    return [...(this.#byRun.get(runId) ?? [])];
  }

  find({ runId, attempt }: AttemptId): RunningAttempt | undefined {
    return this.of(runId).find((running) => running.attempt === attempt);
  }

  all(): readonly RunningAttempt[] {
    return [...this.#byRun.values()].flatMap((ofRun) => Array.from(ofRun));
  }
}
