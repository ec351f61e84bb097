/**
 * For `--import`: at SIGUSR2 the process starts a thread that stays inside one SQLite statement for good, and prints "a
 * thread is stuck" once it does. Runs in plain Node: erasable TypeScript, no aliases.
 */
import { isMainThread, Worker } from 'node:worker_threads';

const endless = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(':memory:');
  database.function('announce', () => { require('node:fs').writeSync(1, 'a thread is stuck\\n'); return 1; });
  const forEver = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n';
  database.exec('SELECT announce(), (' + forEver + ')');
`;

if (isMainThread) process.on('SIGUSR2', () => new Worker(endless, { eval: true }));
