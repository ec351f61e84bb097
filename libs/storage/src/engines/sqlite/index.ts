export { fileVersion } from './database-file.ts';
export { openSqliteStorage, type SqliteLimits, type SqliteStorageOptions } from './sqlite-engine.ts';
