export * from './job-id.ts';
export { EmbeddedRunQueue, type EmbeddedRunQueueSetup } from './embedded/embedded-run-queue.ts';
export { BullRunQueue, type BullRunQueueSetup } from './bullmq/bull-run-queue.ts';
