import type { RunQueue } from '@datakeep/contracts';
import { DatakeepError, type Logger } from '@datakeep/kernel';
import type { ActiveRuns } from './active-runs.ts';
import { jobIdOf } from './job-ids.ts';
import type { RunRecord } from './records.ts';
import { cancelled, isTerminal, type RunRecords } from './run-records.ts';

/** Ends runs before their time. */
export class RunCanceller {
  readonly #runs: RunRecords;
  readonly #active: ActiveRuns;
  readonly #queue: RunQueue;
  readonly #logger: Logger;

  constructor(runs: RunRecords, active: ActiveRuns, queue: RunQueue, logger: Logger) {
    this.#runs = runs;
    this.#active = active;
    this.#queue = queue;
    this.#logger = logger;
  }

  /**
   * A run that this process works on is killed and its worker stores the end, with the logs so far; any other is ended here at once, and its job, wherever
   * it is, finds nothing to do. Answers the run as it stands after that. Throws `run-finished`.
   */
  async cancel(found: RunRecord): Promise<RunRecord> {
    for (let record = found; ; record = await this.#runs.existing(found.id)) {
      if (isTerminal(record)) throw new DatakeepError('run-finished');
      const active = record.state === 'running' ? await this.#active.stored(record.id, record.attempts) : undefined;
      if (active) {
        active.cancel();
        return record;
      }
      const ended = await this.#runs.end(record, cancelled);
      if (ended) {
        await this.#removeJob(record.id);
        return ended;
      }
    }
  }

  async cancelOf(viewInstanceId: string): Promise<void> {
    for (const record of await this.#runs.unfinishedOf(viewInstanceId)) {
      try {
        await this.cancel(record);
      } catch (error) {
        if (!(error instanceof DatakeepError && error.code === 'run-finished')) throw error;
      }
    }
  }

  /** The record decides; a job that stays behind is delivered, finds its run ended and does nothing. */
  async #removeJob(runId: string): Promise<void> {
    try {
      await this.#queue.remove(jobIdOf(runId));
    } catch (error) {
      this.#logger.warn('The job of a cancelled run stays in the queue', { runId, reason: error instanceof Error ? error.message : 'unknown' });
    }
  }
}
