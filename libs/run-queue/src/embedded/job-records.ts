import type { CollectionDefinition, RecordsPart } from '@datakeep/documents';

/** A job that has not ended, as it is stored. One that has ended has no record. */
export interface JobRecord {
  readonly id: string;
  /** Deliveries so far, the present one included. */
  readonly attempt: number;
  /** Ascending in the order of adding. */
  readonly place: number;
  /** See the port; absent: 0. */
  readonly turn?: number;
  /** ms since the epoch: the end of its backoff. */
  readonly dueAt?: number;
}

/** Not `jobs`, as former versions wrote them: what is left there, the owner of the ids adds again. */
export const jobRecords: CollectionDefinition<JobRecord> = {
  name: 'queued_jobs',
  fields: {
    attempt: { type: 'number' },
    place: { type: 'number' },
    turn: { type: 'number', optional: true },
    dueAt: { type: 'number', optional: true },
  },
  indexes: [],
};

/** What a queue has among the records. */
export const queueRecords: RecordsPart = {
  name: 'run queue',
  collections: [],
  leftOut: [{ collection: jobRecords, because: 'runs are queued again from their records' }],
};
