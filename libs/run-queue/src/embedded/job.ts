import type { Timer } from '@datakeep/kernel';
import type { JobRecord } from './job-records.ts';

/** A job that has not ended: its record, and what is under way with it. */
export interface Job {
  record: JobRecord;
  state: 'waiting' | 'active' | 'delayed';
  /** Settles when the record is stored for the first time; rejects when it could not be. */
  readonly added: Promise<void>;
  backoff?: Timer;
}

function turnOf(job: Job | undefined): number {
  return job?.record.turn ?? 0;
}

/** Waiting jobs, the next one first: by turns, and within a turn in the order of adding. */
export class JobLine {
  readonly #jobs: Job[] = [];

  get isEmpty(): boolean {
    return this.#jobs.length === 0;
  }

  /** The turn of a job before which its owner's `behind` others go. */
  turnBehind(behind: number): number {
    return turnOf(this.#jobs[0]) + behind;
  }

  enter(job: Job): void {
    const goesBefore = (other: Job): boolean =>
      turnOf(other) < turnOf(job) || (turnOf(other) === turnOf(job) && other.record.place < job.record.place);
    this.#jobs.splice(this.#jobs.findLastIndex(goesBefore) + 1, 0, job);
  }

  next(): Job | undefined {
    return this.#jobs.shift();
  }

  leave(job: Job): void {
    const index = this.#jobs.indexOf(job);
    if (index >= 0) this.#jobs.splice(index, 1);
  }
}
