export { SqliteStorage, type SqliteLimits, type SqliteStorageOptions } from './sqlite-storage.ts';
