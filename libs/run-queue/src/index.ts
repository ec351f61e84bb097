export * from './job-id.ts';
export { queueRecords } from './embedded/job-records.ts';
export { EmbeddedRunQueue, type EmbeddedRunQueueSetup } from './embedded/embedded-run-queue.ts';
export type { BullRunQueue, BullRunQueueSetup } from './bullmq/bull-run-queue.ts';
export {
  examineRedis,
  openBullRunQueue,
  queuePart,
  RunQueueModule,
  type RunQueueModuleOptions,
} from './run-queue.module.ts';
