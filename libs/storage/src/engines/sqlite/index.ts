import { createLogger } from '@datakeep/kernel';
import { AdvisedStorage } from '../../advised-storage.ts';
import { hasAdvice } from './advice/advice-file.ts';
import { SqliteEngine, type SqliteStorageOptions } from './sqlite-engine.ts';

export { fileVersion } from './database-file.ts';
export type { SqliteLimits, SqliteStorageOptions } from './sqlite-engine.ts';

/** The Data Storage on one SQLite file. */
export async function openSqliteStorage({
  indexing = {},
  logger = createLogger('silent'),
  ...options
}: SqliteStorageOptions): Promise<AdvisedStorage> {
  const engine = await SqliteEngine.open(options);
  const { directory, clock } = options;
  const hasRecords = hasAdvice(directory);
  return new AdvisedStorage(engine, { mode: 'auto', ...indexing, clock, logger, holder: 'local', hasRecords });
}
