/** What is the same for every SQLite file of the keep: its lock, a snapshot of it, and whether it is whole. */
export { FileLock } from './file-lock.ts';
export { DatabaseSnapshot } from './database-snapshot.ts';
export { countRows, databaseFault, databaseVersion, integrityFault } from './inspect-database.ts';
