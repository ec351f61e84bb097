export type { AdvisedStorage, IndexingOptions } from './advised-storage.ts';
export * from './engines/sqlite/index.ts';
export * from './engines/mongo/index.ts';
export { eventsPart, openEmbeddedStorage, StorageModule } from './storage.module.ts';
