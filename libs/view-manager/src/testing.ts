/** Stand-ins for the services around the view manager, for tests: each does what its port promises as simply as can be, and fails on demand. */
export * from './testing/scripted-execution.ts';
export * from './testing/memory-queue.ts';
export * from './testing/memory-permissions.ts';
export * from './testing/recording-event-service.ts';
export * from './testing/recording-audit.ts';
