import type { RunQueue } from '@datakeep/contracts';
import { DatakeepError, type Clock, type Logger, type Timer } from '@datakeep/kernel';
import { jobIdOf } from './job-ids.ts';
import type { RunRecord } from '../records/records.ts';
import { cancelled, isTerminal, type RunRecords } from '../records/run-records.ts';
import type { RunningAttempts } from './running-attempts.ts';

/** How long a worker in another process has to end an attempt that is to be cancelled; it asks each second. */
const workerMs = 5000;

/** Ends runs before their time. */
export class RunCanceller {
  readonly #timers = new Set<Timer>();

  constructor(
    private readonly options: { queue: RunQueue; clock: Clock; logger: Logger },
    private readonly runs: RunRecords,
    private readonly running: RunningAttempts,
  ) {}

  /**
   * A running attempt is marked, so that it ends in no other way, and killed; its worker stores the end, with the logs
   * so far. One whose worker is in another process and does not respond is ended without it. Any other run is ended
   * here at once, and its job, wherever it is, has no effect. Returns the run after that. Throws `run-finished`.
   */
  async cancel(found: RunRecord): Promise<RunRecord> {
    for (let record: RunRecord | undefined = found; ; record = await this.runs.find(found.id)) {
      if (!record) throw new DatakeepError('not-found');
      if (isTerminal(record)) throw new DatakeepError('run-finished');
      const changed = record.state === 'running' ? await this.#kill(record) : await this.#end(record);
      if (changed) return changed;
    }
  }

  async cancelUnlessEnded(record: RunRecord): Promise<void> {
    try {
      await this.cancel(record);
    } catch (error) {
      if (!(error instanceof DatakeepError && error.code === 'run-finished')) throw error;
    }
  }

  async cancelOf(viewInstanceId: string): Promise<void> {
    for await (const record of this.runs.unfinishedOf(viewInstanceId)) await this.cancelUnlessEnded(record);
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  async #kill(record: RunRecord): Promise<RunRecord | undefined> {
    const isAskedAlready = record.cancelAsked === true;
    const cancelling = isAskedAlready ? record : await this.runs.askCancel(record);
    if (!cancelling) return undefined;
    const running = this.running.find({ runId: record.id, attempt: record.attempts });
    running?.stop('cancelled');
    if (isAskedAlready || running?.here) return cancelling;
    const timer = this.options.clock.setTimer(workerMs, () => {
      this.#timers.delete(timer);
      void this.#endWithoutWorker(cancelling);
    });
    this.#timers.add(timer);
    return cancelling;
  }

  async #end(record: RunRecord): Promise<RunRecord | undefined> {
    const ended = await this.runs.end(record, cancelled);
    if (ended) await this.#removeJob(ended.id);
    return ended;
  }

  async #endWithoutWorker({ id, attempts }: RunRecord): Promise<void> {
    try {
      const record = await this.runs.find(id);
      if (record && !isTerminal(record) && record.attempts === attempts) await this.#end(record);
    } catch (error) {
      this.options.logger.error('A cancelled run could not be ended yet', { runId: id }, error);
    }
  }

  /** The record decides; a job that stays behind is delivered, finds its run ended and does nothing. */
  async #removeJob(runId: string): Promise<void> {
    try {
      await this.options.queue.remove(jobIdOf(runId));
    } catch (error) {
      this.options.logger.warn('The job of a cancelled run stays in the queue', {
        runId,
        reason: error instanceof Error ? error.message : 'unknown',
      });
    }
  }
}
