import type { AttemptId } from '@datakeep/contracts';
import type { RunRecord } from '../records/records.ts';
import type { RunningAttempts } from './running-attempts.ts';
import type { RunRecords } from '../records/run-records.ts';

/** Which attempts count, wherever they began: running ones of this process by its memory, all others by the records. */
export class Attempts {
  constructor(
    private readonly running: RunningAttempts,
    private readonly runs: RunRecords,
  ) {}

  /** The record of an attempt whose code may be served: it is `running`, and no caller asked for its end. */
  async live(name: AttemptId): Promise<RunRecord | undefined> {
    const running = this.running.find(name);
    if (running?.over) return undefined;
    if (running?.here) return running.record;
    // Its worker is in another process, and may have reported its end to another one still.
    const record = await this.#recorded(name);
    return record?.cancelAsked === true ? undefined : record;
  }

  /** The attempt's record as `running`, or undefined when it no longer counts. */
  async begun(name: AttemptId): Promise<RunRecord | undefined> {
    const running = this.running.find(name);
    if (!running) return this.#recorded(name);
    return running.cancelled ? { ...running.record, cancelAsked: true } : running.record;
  }

  /** The attempt's record, where it counts and a caller asked for its end. */
  async asked(name: AttemptId): Promise<RunRecord | undefined> {
    const record = await this.#recorded(name);
    return record?.cancelAsked === true ? record : undefined;
  }

  async #recorded({ runId, attempt }: AttemptId): Promise<RunRecord | undefined> {
    const record = await this.runs.find(runId);
    return record?.state === 'running' && record.attempts === attempt ? record : undefined;
  }
}
