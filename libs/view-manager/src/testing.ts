/**
 * Stand-ins for the services around the view manager, for tests: each fulfils its port's contract in the simplest way,
 * and fails on demand.
 */
export * from './testing/scripted-execution.ts';
export * from './testing/memory-queue.ts';
export * from './testing/memory-permissions.ts';
export * from './testing/recording-event-service.ts';
export * from './testing/recording-audit.ts';
