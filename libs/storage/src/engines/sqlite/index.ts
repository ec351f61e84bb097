export { fileVersion } from './database-file.ts';
export { SqliteStorage, type SqliteLimits, type SqliteStorageOptions } from './sqlite-storage.ts';
export type { IndexingOptions } from './advice/storage-advice.ts';
