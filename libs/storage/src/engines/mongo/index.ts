import { randomBytes } from 'node:crypto';
import { SystemClock } from '@datakeep/kernel';
import type { MongoConnectionOptions, MongoSource } from '@datakeep/mongo';
import { AdvisedStorage } from '../../advised-storage.ts';
import type { MongoStorageOptions } from './mongo-engine.ts';

export type { MongoStorageOptions } from './mongo-engine.ts';

/** The Data Storage on MongoDB, loading the driver only now: a keep on SQLite never does. */
export async function openMongoStorage(
  connection: MongoConnectionOptions | MongoSource,
  options: MongoStorageOptions,
): Promise<AdvisedStorage> {
  const { MongoEngine } = await import('./mongo-engine.ts');
  const engine = await MongoEngine.open(connection, options);
  const { clock = new SystemClock(), logger, indexing } = options;
  const holder = randomBytes(6).toString('hex');
  return new AdvisedStorage(engine, { mode: 'suggest', ...indexing, clock, logger, holder });
}
