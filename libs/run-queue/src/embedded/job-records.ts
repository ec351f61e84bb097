import type { CollectionDefinition } from '@datakeep/documents';

export type FailureReason = 'attempts' | 'stalled' | 'unrecoverable';

/** A job that has not ended, as it is stored. One that has ended has no record. */
export interface JobRecord {
  readonly id: string;
  readonly state: 'waiting' | 'active' | 'delayed' | 'failed';
  /** Deliveries so far, the present one included. */
  readonly attempt: number;
  /** How often it was found active after a start. */
  readonly stalls: number;
  /** Ascending in the order of adding. */
  readonly place: number;
  /** See the port's law; absent: 0. */
  readonly turn?: number;
  /** ms since the epoch: the end of its backoff. */
  readonly dueAt?: number;
  readonly reason?: FailureReason;
}

export const jobRecords: CollectionDefinition<JobRecord> = {
  name: 'jobs',
  fields: {
    state: { type: 'string' },
    attempt: { type: 'number' },
    stalls: { type: 'number' },
    place: { type: 'number' },
    turn: { type: 'number', optional: true },
    dueAt: { type: 'number', optional: true },
    reason: { type: 'string', optional: true },
  },
  indexes: [],
};
