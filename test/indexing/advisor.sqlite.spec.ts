import { describe, expect, test } from 'vitest';
import type { Groups } from '@datakeep/contracts';
import { anEvent, aQuery, day, IndexedStorage, kinds, ofUser, tick } from './indexing.fixture.ts';

/**
 * After five days earlier writes weigh next to nothing against an index, however slow the machine's calibration found
 * writing.
 */
const writingFades = 5 * day;

describe('the index advisor on SQLite', () => {
  test('A-1: a selective shape gets its index once, within two ticks of the gates, and it is told why', async () => {
    await using keep = await IndexedStorage.open();
    await keep.fill(20_000, 500);
    const start = keep.clock.now();
    const ask = (ticks: number) => keep.ask(ticks, 10, (call) => aQuery({ filter: ofUser(call % 500) }));
    await ask(12);
    // The proof compares times, and asks for more of them on a machine that does much else.
    for (let more = 0; more < 24 && (await keep.automatic())[0]?.state === 'verifying'; more += 1) await ask(1);
    const [index, ...others] = await keep.automatic();
    expect(others).toEqual([]);
    expect(index?.keys.map(({ field }) => field)).toEqual(['payload.user', 'metadata.createdDate']);
    expect(index?.history.map(({ state }) => state)).toEqual([
      'candidate',
      'approved',
      'building',
      'verifying',
      'active',
    ]);
    // The gates ask for half an hour of calls; two looks after it the index is there.
    const built = index?.history.find(({ state }) => state === 'verifying');
    expect(Date.parse(built?.at ?? '') - start).toBeLessThanOrEqual(6 * tick + 2 * tick);
    expect((index?.figures.afterMs ?? 0) * 10).toBeLessThan(index?.figures.beforeMs ?? 0);
    expect(index?.explanation[0]).toBe(
      'Serves queries of the profile p that ask for one value of payload.user and are sorted by ' +
        'metadata.createdDate.',
    );
    const { explain } = await keep.storage.query(aQuery({ filter: ofUser(7), explain: true }));
    expect(explain).toMatchObject({
      index: index?.name,
      rowsReturned: 40,
      rowsExamined: 40,
      shape: 'equal: payload.user; sort: metadata.createdDate descending',
    });
  });

  test('A-2: no index for a shape that finds a third of all events, whose pages are soon full', async () => {
    await using keep = await IndexedStorage.open();
    await keep.fill(10_000, 500);
    await keep.ask(8, 10, (call) =>
      aQuery({ filter: { node: 'eq', field: 'payload.kind', value: `k${call % 3}` }, limit: 20 }),
    );
    expect(await keep.automatic()).toEqual([]);
  });

  test('no index for a lone range with one end in the default order, which the planner would not take', async () => {
    await using keep = await IndexedStorage.open();
    await keep.fill(10_000, 500);
    await keep.clock.advance(writingFades);
    await keep.ask(8, 10, () => aQuery({ filter: { node: 'gt', field: 'payload.amount', value: 996 } }));
    expect(await keep.automatic()).toEqual([]);
  });

  test('an aggregation whose filter is selective gets an index as well', async () => {
    await using keep = await IndexedStorage.open();
    await keep.fill(10_000, 500);
    await keep.clock.advance(writingFades);
    const sumOf = (user: number): Promise<Groups> =>
      keep.storage.aggregate({
        profile: 'p',
        filter: ofUser(user),
        groupBy: [],
        measures: [{ name: 'sum', op: 'sum', field: 'payload.amount' }],
        sort: [],
        limit: 10,
        kinds,
        arrays: [],
        timeoutMs: 10_000,
      });
    const before = await sumOf(7);
    let calls = 1;
    const ask = async (ticks: number): Promise<void> => {
      for (let at = 0; at < ticks; at += 1) {
        for (let n = 0; n < 10; n += 1) await sumOf(n);
        calls += 10;
        await keep.clock.advance(tick);
        await keep.settled();
      }
    };
    await ask(12);
    for (let more = 0; more < 24 && (await keep.automatic())[0]?.state === 'verifying'; more += 1) await ask(1);
    const [index, ...others] = await keep.automatic();
    expect(others).toEqual([]);
    expect(index?.keys.map(({ field }) => field)).toEqual(['payload.user']);
    expect(index?.shapes).toMatchObject([{ shape: 'equal: payload.user; other: aggregation', calls }]);
    expect(index?.history.map(({ state }) => state)).toEqual([
      'candidate',
      'approved',
      'building',
      'verifying',
      'active',
    ]);
    expect((index?.figures.afterMs ?? 0) * 10).toBeLessThan(index?.figures.beforeMs ?? 0);
    expect(await sumOf(7)).toEqual(before);
  });

  test('A-9: an index that the admin dropped stays dropped, also after a restart; statistics are kept', async () => {
    await using keep = await IndexedStorage.open();
    await keep.fill(10_000, 500);
    await keep.ask(8, 10, (call) => aQuery({ filter: ofUser(call % 500) }));
    const [index] = await keep.standing();
    const dropped = await keep.storage.decide(index?.id ?? '', 'drop');
    expect(dropped).toMatchObject({ state: 'dropped', shapes: [{ calls: 80 }] });
    expect((await keep.storage.query(aQuery({ filter: ofUser(7), explain: true }))).explain?.index).toBe(
      'events_by_created',
    );
    await keep.storage.close();
    await keep.reopen();
    await keep.ask(8, 10, (call) => aQuery({ filter: ofUser(call % 500) }));
    expect(await keep.automatic()).toMatchObject([{ state: 'dropped', shapes: [{ calls: 161 }] }]);
    expect(await keep.standing()).toEqual([]);
  });

  test('A-11: events come in during a build: none is refused or waits much longer than the build', async () => {
    await using keep = await IndexedStorage.open({ mode: 'suggest' });
    await keep.fill(20_000, 500);
    await keep.ask(8, 10, (call) => aQuery({ filter: ofUser(call % 500) }));
    const [candidate] = await keep.automatic();
    let writing = true;
    let longest = 0;
    let accepted = 0;
    const write = async (): Promise<void> => {
      for (let n = 30_000; writing; n += 1) {
        const start = performance.now();
        await keep.storage.append([anEvent(n, 500)]);
        accepted += 1;
        longest = Math.max(longest, performance.now() - start);
      }
    };
    const writers = [write(), write(), write(), write()];
    await keep.storage.decide(candidate?.id ?? '', 'approve');
    await keep.settled();
    writing = false;
    await Promise.all(writers);
    const [built] = await keep.standing();
    expect(built?.state).toBe('verifying');
    expect(longest).toBeLessThan((built?.figures.buildMs ?? 0) + 3000);
    expect((await keep.storage.figures()).events).toBe(20_000 + accepted);
    const { explain, count } = await keep.storage.query(aQuery({ filter: ofUser(7), explain: true, count: true }));
    expect(explain?.index).toBe(built?.name);
    expect(count).toBeGreaterThanOrEqual(40);
  });

  test('values of queries stand in no answer', async () => {
    await using keep = await IndexedStorage.open({ mode: 'suggest' });
    await keep.fill(10_000, 500);
    await keep.ask(8, 10, () => aQuery({ filter: { node: 'eq', field: 'payload.user', value: 'a-secret' } }));
    const answer = JSON.stringify(await keep.storage.indexes());
    expect(answer).toContain('payload.user');
    expect(answer).not.toContain('a-secret');
  });
});
