import { type AppLimits, defaultAppLimits } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { admin, appCaller } from './event-service.fixture.ts';
import { StoredQuota } from './stored-quota.ts';

const app = appCaller('a');
const one = { events: 1, bytes: 10 };

describe('the quota of stored events', () => {
  let stored: number;
  let clock: ManualClock;
  let quota: StoredQuota;
  let limits: AppLimits;

  beforeEach(() => {
    stored = 0;
    limits = { ...defaultAppLimits, events: 5 };
    clock = new ManualClock();
    const storage = { usageOf: async () => ({ events: stored, bytes: 10 * stored }) };
    quota = new StoredQuota({ storage, limits: { of: () => limits }, clock });
  });

  const store = async (): Promise<void> => {
    await Promise.resolve();
    stored += 1;
  };
  const codes = async (writes: readonly Promise<void>[]): Promise<string[]> =>
    (await Promise.allSettled(writes)).map((write) => (write.status === 'fulfilled' ? 'stored' : write.reason.code));

  it('is kept to by writes that come at once, and by those that come while others are stored', async () => {
    const writes = Array.from({ length: 8 }, () => quota.within(app, 'a', one, store));
    const unstored = Promise.withResolvers<void>();
    expect((await codes(writes)).toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'app-limit-reached'),
      ...Array.from({ length: 5 }, () => 'stored'),
    ]);
    expect(stored).toBe(5);

    stored = 3;
    clock.advance(6000);
    const slow = (): Promise<void> => unstored.promise.then(store);
    const waiting = [quota.within(app, 'a', one, slow), quota.within(app, 'a', one, slow)];
    await Promise.resolve();
    clock.advance(6000);
    const next = quota.within(app, 'a', one, store);
    unstored.resolve();
    expect(await codes([...waiting, next])).toEqual(['stored', 'stored', 'app-limit-reached']);
    expect(stored).toBe(5);
  });

  it('is passed, of two gateways, by a tenth of the room that one of them counted at most', async () => {
    const many = { ...limits, events: 1000 };
    const [first, other] = [1, 2].map(
      () =>
        new StoredQuota({
          storage: { usageOf: async () => ({ events: stored, bytes: 10 * stored }) },
          limits: { of: () => many },
          clock,
        }),
    ) as [StoredQuota, StoredQuota];
    await first.within(app, 'a', one, store);
    for (const through of [other, first]) {
      const tries = Array.from({ length: 1200 }, () => () => through.within(app, 'a', one, store));
      for (const attempt of tries) await attempt().catch(() => undefined);
    }
    expect(stored).toBeGreaterThanOrEqual(1000);
    expect(stored).toBeLessThanOrEqual(1100);
  });

  it('is the limit of the moment: one that was lowered counts at the next write', async () => {
    limits = { ...limits, events: 50 };
    await quota.within(app, 'a', one, store);
    limits = { ...limits, events: 1 };
    await expect(quota.within(app, 'a', one, store)).rejects.toMatchObject({ code: 'app-limit-reached' });
    limits = { ...limits, events: 2 };
    await quota.within(app, 'a', one, store);
    expect(stored).toBe(2);
  });

  it('has room again at once for what was deleted, and for a write that failed', async () => {
    for (let write = 0; write < 5; write += 1) await quota.within(app, 'a', one, store);
    stored = 4;
    const failing = quota.within(app, 'a', one, () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toThrow('away');
    await quota.within(app, 'a', one, store);
    await expect(quota.within(app, 'a', one, store)).rejects.toMatchObject({ code: 'app-limit-reached' });
    await quota.within(admin, 'a', one, store);
    expect(stored).toBe(6);
  });
});
