import { expect, test } from 'vitest';
import { createLogger, DatakeepError } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { AdvisedStorage } from './advised-storage.ts';
import { bucketMs } from './advisor/constants.ts';
import { queryOf } from './advisor/simulation.fixture.ts';
import { SimulatedEngine } from './advisor/simulated-engine.fixture.ts';
import type { StorageEngine } from './storage-engine.ts';

test('a form of queries that always uses up its time gets an index as well', async () => {
  const indexEngine = new SimulatedEngine();
  indexEngine.profiles.set('p', 5_000_000);
  const late = (): Promise<never> => Promise.reject(new DatakeepError('query-timeout'));
  const engine: Partial<StorageEngine> = { indexEngine, query: late, aggregate: late, close: () => Promise.resolve() };
  const clock = new ManualClock();
  const storage = new AdvisedStorage(engine as StorageEngine, {
    mode: 'suggest',
    clock,
    logger: createLogger('silent'),
    holder: 'local',
  });
  await storage.indexes();
  for (let stretch = 0; stretch < 8; stretch += 1) {
    for (let call = 0; call < 5; call += 1) {
      const query = queryOf(0, call, { timeoutMs: 5000 });
      await expect(storage.query(query)).rejects.toMatchObject({ code: 'query-timeout' });
      const { sort: _inNoOrder, limit, ...found } = queryOf(1, call, { timeoutMs: 5000 });
      const aggregation = { ...found, limit, groupBy: [], measures: [], sort: [] };
      await expect(storage.aggregate(aggregation)).rejects.toMatchObject({ code: 'query-timeout' });
    }
    await clock.advance(bucketMs);
    await storage.indexes();
  }
  const candidates = (await storage.indexes()).indexes.filter(({ state }) => state === 'candidate');
  expect(candidates.map(({ keys }) => keys[0]?.field).toSorted()).toEqual(['payload.f0', 'payload.f1']);
  await storage.close();
});
