export * from './javascript/javascript-execution-service.ts';
export * from './process/launcher.ts';
export * from './queue-worker/queue-worker.ts';
export * from './runtimes.ts';
export * from './source-store/document-source-store.ts';
export * from './source-store/file-source-store.ts';
export type * from './source-store/source-store.ts';
