import type { RunQueueOptions } from '@datakeep/contracts';
import type { CollectionDefinition } from '@datakeep/documents';

/** What the killed worker process and the test that kills it both know. */

export const jobCount = 100;
export const options: RunQueueOptions = { concurrency: 8, attempts: 3, backoffMs: 20, lockMs: 30_000 };

export interface DeliveryRecord {
  readonly id: string;
  readonly job: string;
  readonly attempt: number;
  readonly end?: string;
}

export const deliveries: CollectionDefinition<DeliveryRecord> = {
  name: 'deliveries',
  fields: { job: { type: 'string' }, attempt: { type: 'number' }, end: { type: 'string', optional: true } },
  indexes: [],
};

export interface OutcomeRecord {
  readonly id: string;
  readonly outcome: string;
}

export const outcomes: CollectionDefinition<OutcomeRecord> = {
  name: 'outcomes',
  fields: { outcome: { type: 'string' } },
  indexes: [],
};

/**
 * Of the worker processes on BullMQ: a lock short enough that its lapse can be waited for, and longer than a busy
 * machine holds up its renewal.
 */
export const bullOptions: RunQueueOptions = { concurrency: 1, attempts: 5, backoffMs: 20, lockMs: 1500 };
