export * from './engines/sqlite/index.ts';
export * from './engines/mongo/index.ts';
export { eventsPart, openEngine, StorageModule } from './storage.module.ts';
