import { describe, expect, test } from 'vitest';
import { aQuery, IndexedStorage, ofUser, tick } from './indexing.fixture.ts';

describe('the index advisor on SQLite', () => {
  test(
    'A-1: a selective shape gets its index once, within two ticks of passing the gates, and the storage tells why',
    { timeout: 60_000 },
    async () => {
      await using keep = await IndexedStorage.open();
      await keep.fill(20_000, 500);
      const start = keep.clock.now();
      await keep.ask(12, 10, (call) => aQuery({ filter: ofUser(call % 500) }));
      const [index, ...others] = await keep.automatic();
      expect(others).toEqual([]);
      expect(index?.keys.map(({ field }) => field)).toEqual(['payload.user', 'metadata.createdDate']);
      expect(index?.history.map(({ state }) => state)).toEqual(['candidate', 'approved', 'building', 'verifying', 'active']);
      // The gates ask for half an hour of calls; two looks after it the index is there.
      const built = index?.history.find(({ state }) => state === 'verifying');
      expect(Date.parse(built?.at ?? '') - start).toBeLessThanOrEqual(6 * tick + 2 * tick);
      expect((index?.figures.afterMs ?? 0) * 10).toBeLessThan(index?.figures.beforeMs ?? 0);
      expect(index?.explanation[0]).toBe(
        'Serves queries of the profile p that ask for one value of payload.user and are sorted by metadata.createdDate.',
      );
      const { explain } = await keep.storage.query(aQuery({ filter: ofUser(7), explain: true }));
      expect(explain).toMatchObject({
        index: index?.name,
        rowsReturned: 40,
        rowsExamined: 40,
        shape: 'equal: payload.user; sort: metadata.createdDate descending',
      });
    },
  );
});
