import { type CollectionDefinition, field, optional, type RecordOf, type RecordsPart } from '@datakeep/documents';

const jobFields = {
  /** Deliveries so far, the present one included. */
  attempt: field.number,
  /** Ascending in the order of adding. */
  place: field.number,
  /** See the port; absent: 0. */
  turn: optional(field.number),
  /** ms since the epoch: the end of its backoff. */
  dueAt: optional(field.number),
};
/** A job that has not ended, as it is stored. One that has ended has no record. */
export type JobRecord = RecordOf<typeof jobFields>;

/** Not `jobs`, as former versions wrote them: what is left there, the owner of the ids adds again. */
export const jobRecords: CollectionDefinition<JobRecord> = {
  name: 'queued_jobs',
  fields: jobFields,
  indexes: [],
};

/** What a queue has among the records. */
export const queueRecords: RecordsPart = {
  name: 'run queue',
  collections: [],
  leftOut: [{ collection: jobRecords, because: 'runs are queued again from their records' }],
};
