/** What is the same for every SQLite file of the keep: its lock and log, a snapshot of it, and whether it is whole. */
export { FileLock } from './file-lock.ts';
export { LogEmptier } from './log-emptier.ts';
export { DatabaseSnapshot } from './database-snapshot.ts';
export { countRows, databaseFault, databaseVersion, integrityFault } from './inspect-database.ts';
