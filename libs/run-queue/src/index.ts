import type { BullRunQueue, BullRunQueueSetup } from './bullmq/bull-run-queue.ts';

export * from './job-id.ts';
export { EmbeddedRunQueue, type EmbeddedRunQueueSetup } from './embedded/embedded-run-queue.ts';
export type { BullRunQueue, BullRunQueueSetup } from './bullmq/bull-run-queue.ts';

/** `BullRunQueue.open`, loaded only where it is used: BullMQ costs a keep without Redis 60 ms of its start. */
export async function openBullRunQueue(setup: BullRunQueueSetup): Promise<BullRunQueue> {
  const { BullRunQueue } = await import('./bullmq/bull-run-queue.ts');
  return BullRunQueue.open(setup);
}
