export * from './job-id.ts';
export { EmbeddedRunQueue, type EmbeddedRunQueueSetup } from './embedded/embedded-run-queue.ts';
