import { describe, expect, test } from 'vitest';
import { bucketMs, day, hour, minute } from './constants.ts';
import { queryOf, Simulation } from './simulation.fixture.ts';

const ticksOf = (ms: number): number => ms / bucketMs;

/** Shapes from `first` on, each so often in five minutes. */
const shapes = (first: number, count: number, calls: number): Record<number, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [first + n, calls]));

async function statesOf(simulation: Simulation): Promise<Record<string, number>> {
  const states: Record<string, number> = {};
  for (const { state } of (await simulation.advisor.indexes()).indexes) states[state] = (states[state] ?? 0) + 1;
  return states;
}

/** Shapes of which the n-th is asked 1/n² as often as the first, which is asked so often in five minutes. */
const fallingShapes = (count: number, calls: number, at: number): Record<number, number> => {
  const until = (n: number, end: number): number => Math.floor((calls * end) / (n + 1) ** 2);
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [n, until(n, at + 1) - until(n, at)]));
};

/**
 * Builds are an hour apart (the note's gate of pace), so the n-th hot shape goes n - 1 hours without its index whatever the policy does: five shapes cost 5.3 times the best set in their first day by
 * that alone, 2.5 times in three days. So the first days are held to the best set at the same pace, and the factor 3 is asked for where the pace leaves it possible.
 */
describe('the policy, against the best fixed set of indexes known in hindsight and against none', () => {
  test('steady queries and some writing', async () => {
    const simulation = await Simulation.start();
    const aDay = (): Promise<void> => simulation.passAll(ticksOf(day), () => ({ calls: shapes(0, 5, 4), writtenEvents: 500 }));
    for (const _ of ['the first day', 'the second', 'the third']) {
      await aDay();
      expect(simulation.costMs).toBeLessThan(1.3 * simulation.costOfBest({ paceMs: hour }));
      expect(simulation.costMs).toBeLessThan(1.1 * simulation.costOfNone());
    }
    expect(simulation.costMs).toBeLessThan(3 * simulation.costOfBest());
    expect(await statesOf(simulation)).toMatchObject({ active: 5 });
  });

  test('A-3: a workload that flips every two hours for five days', { timeout: 60_000 }, async () => {
    const simulation = await Simulation.start();
    await simulation.passAll(ticksOf(5 * day), (at) => ({
      calls: shapes(Math.floor(at / ticksOf(2 * hour)) % 2 === 0 ? 0 : 4, 4, 3),
      writtenEvents: 500,
    }));
    expect(simulation.costMs).toBeLessThan(3 * simulation.costOfBest());
    expect(simulation.costMs).toBeLessThan(1.1 * simulation.costOfNone());
    expect(simulation.engine.builds).toBeLessThanOrEqual(24 * 5);
    for (const { history } of (await simulation.advisor.indexes()).indexes) {
      const built = history.filter(({ state }) => state === 'building').map(({ at }) => Date.parse(at));
      for (const [index, at] of built.entries()) expect(at - (built[index - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(day);
    }
  });

  test('A-4: ten thousand events a second and a query an hour', async () => {
    const simulation = await Simulation.start({ rows: 1_000_000 });
    await simulation.passAll(ticksOf(day), (at) => ({ calls: shapes(0, 1, at % 12 === 0 ? 1 : 0), writtenEvents: 3_000_000 }));
    expect(simulation.costMs).toBeLessThan(3 * simulation.costOfBest());
    expect(simulation.costMs).toBeLessThan(1.1 * simulation.costOfNone());
    expect(simulation.engine.builds).toBe(0);
  });

  test('A-7: twenty shapes, some hotter than others, take at most three times as long as with an index for each', { timeout: 60_000 }, async () => {
    const simulation = await Simulation.start();
    await simulation.passAll(ticksOf(1.5 * day), (at) => ({ calls: fallingShapes(20, 20, at), writtenEvents: 500 }));
    expect(simulation.engine.mostIndexes).toBeLessThanOrEqual(16);
    expect(simulation.costMs).toBeLessThan(3 * simulation.costOfAll());
    expect(simulation.costMs).toBeLessThan(3 * simulation.costOfBest());
    expect(simulation.costMs).toBeLessThan(1.1 * simulation.costOfNone());
  });

  // Four shapes that always scan cost 8.9 times what all twenty cost with an index; with the pace it is 15.6 times. Of the rest next to nothing may be lost.
  test('A-7: twenty shapes, all as hot, get the sixteen indexes that there may be, and never one more', { timeout: 60_000 }, async () => {
    const simulation = await Simulation.start();
    await simulation.passAll(ticksOf(1.5 * day), () => ({ calls: shapes(0, 20, 3), writtenEvents: 500 }));
    expect(simulation.engine.mostIndexes).toBe(16);
    expect(simulation.costOfBest({ most: 16 })).toBeGreaterThan(3 * simulation.costOfAll());
    expect(simulation.costMs).toBeLessThan(1.1 * simulation.costOfBest({ most: 16, paceMs: hour }));
    expect(simulation.costMs).toBeLessThan(1.1 * simulation.costOfNone());
  });

  test('many shapes, of which a few are hot and the others rare', { timeout: 60_000 }, async () => {
    const simulation = await Simulation.start();
    const rare = (at: number): Record<number, number> => ({ [100 + (at % 60)]: 1 });
    await simulation.passAll(ticksOf(1.5 * day), (at) => ({ calls: { ...shapes(0, 4, 5), ...rare(at) }, writtenEvents: 500 }));
    expect(simulation.costMs).toBeLessThan(3 * simulation.costOfBest());
    expect(simulation.costMs).toBeLessThan(1.1 * simulation.costOfNone());
  });
});

const hot = { calls: shapes(0, 1, 10), writtenEvents: 500 };

describe('what is built is proved or taken back', () => {
  test('A-2: no index for a shape that returns a third of all there is', async () => {
    const simulation = await Simulation.start();
    for (let at = 0; at < ticksOf(2 * hour); at += 1) {
      const figures = { ms: 75, rowsReturned: 1000, rowsExamined: 50_000, rowsTouched: 17_000, complete: false };
      for (let call = 0; call < 20; call += 1) simulation.advisor.queried(queryOf(0, call), figures);
      await simulation.pass({ calls: {}, writtenEvents: 0 });
    }
    expect(simulation.engine.builds).toBe(0);
  });

  test('A-5: an index that the planner does not take is taken back at once, and not tried again for seven days, then fourteen', async () => {
    const simulation = await Simulation.start();
    simulation.engine.planner = 'stubborn';
    await simulation.passAll(ticksOf(hour), () => hot);
    const [index] = (await simulation.advisor.indexes()).indexes;
    expect(index?.history.map(({ state }) => state)).toEqual(['candidate', 'approved', 'building', 'verifying', 'reverted']);
    expect(index?.history.at(-1)?.reason).toBe('the planner does not choose the index for the queries that asked for it');
    expect(simulation.engine.indexes.size).toBe(0);
    await simulation.passAll(ticksOf(6.9 * day), () => hot);
    expect(simulation.engine.builds).toBe(1);
    await simulation.passAll(ticksOf(0.2 * day), () => hot);
    expect(simulation.engine.builds).toBe(2);
  });

  test('no index is thought of that the planner is known not to take, until it would', async () => {
    const simulation = await Simulation.start();
    let taken = false;
    simulation.engine.foresee = async (queries, { name }) =>
      queries.map(() => ({ indexes: [taken ? name : 'events_by_created'], sorts: false, steps: [] }));
    await simulation.passAll(ticksOf(3 * hour), () => hot);
    expect([simulation.engine.builds, await statesOf(simulation)]).toEqual([0, { declared: 1 }]);
    taken = true;
    await simulation.passAll(ticksOf(2 * hour), () => hot);
    expect(await statesOf(simulation)).toMatchObject({ active: 1 });
  });

  test('A-5: writing that became slower takes the index back within fifteen minutes', async () => {
    const simulation = await Simulation.start();
    simulation.appendMs = 10;
    const built = (): boolean => simulation.engine.builds === 1;
    while (!built()) await simulation.pass(hot);
    simulation.appendMs = 13;
    await simulation.passAll(3, () => hot);
    const [index] = (await simulation.advisor.indexes()).indexes;
    expect(index?.history.at(-1)).toMatchObject({ state: 'reverted', reason: 'writing became more than 20 % slower for 15 minutes' });
    expect(Date.parse(index?.history.at(-1)?.at ?? '') - Date.parse(index?.history.at(-2)?.at ?? '')).toBeLessThanOrEqual(15 * minute);
    expect(simulation.engine.indexes.size).toBe(0);
  });

  test('answers that differ take it back', async () => {
    const simulation = await Simulation.start();
    simulation.engine.equal = false;
    await simulation.passAll(ticksOf(hour), () => hot);
    const [index] = (await simulation.advisor.indexes()).indexes;
    expect(index?.history.at(-1)).toMatchObject({ state: 'reverted', reason: 'answers differ with and without the index' });
  });

  test('an index that has become worth less than its writes goes, after a day at the earliest', async () => {
    const simulation = await Simulation.start();
    await simulation.passAll(ticksOf(4 * hour), () => hot);
    expect(await statesOf(simulation)).toMatchObject({ active: 1 });
    await simulation.passAll(ticksOf(5 * day), () => ({ calls: {}, writtenEvents: 100_000 }));
    const [index] = (await simulation.advisor.indexes()).indexes;
    expect(index?.history.at(-1)).toMatchObject({ state: 'dropped', reason: 'what it saved is less than half of what it cost the writes' });
    expect(simulation.engine.indexes.size).toBe(0);
  });

  test('where indexes can be hidden, one that is taken back is hidden for a day first', async () => {
    const simulation = await Simulation.start();
    simulation.engine.able = { ...simulation.engine.able, hidden: true };
    await simulation.restart();
    simulation.engine.equal = false;
    await simulation.passAll(ticksOf(hour), () => hot);
    expect(await statesOf(simulation)).toMatchObject({ hidden: 1 });
    expect([simulation.engine.hiddenIndexes.size, simulation.engine.indexes.size]).toEqual([1, 1]);
    await simulation.passAll(ticksOf(day), () => hot);
    expect(await statesOf(simulation)).toMatchObject({ reverted: 1 });
    expect(simulation.engine.indexes.size).toBe(0);
  });

  test('an engine that cannot prove anything gets nothing without the admin, and says so', async () => {
    const simulation = await Simulation.start();
    simulation.engine.able = { ...simulation.engine.able, replay: false };
    await simulation.restart();
    await simulation.passAll(ticksOf(2 * hour), () => hot);
    const answer = await simulation.advisor.indexes();
    expect(answer).toMatchObject({ policy: { mode: 'auto' }, effectiveMode: 'suggest' });
    expect(answer.note).toContain('cannot prove');
    expect(await statesOf(simulation)).toMatchObject({ candidate: 1 });
    expect(simulation.engine.builds).toBe(0);
  });
});

describe('the admin overrules', () => {
  test('in `suggest` a candidate waits for approval, and is then built at once', async () => {
    const simulation = await Simulation.start({ mode: 'suggest' });
    await simulation.passAll(ticksOf(2 * hour), () => hot);
    const [candidate] = (await simulation.advisor.indexes()).indexes;
    expect([candidate?.state, simulation.engine.builds]).toEqual(['candidate', 0]);
    await simulation.advisor.decide(candidate?.id ?? '', 'approve');
    expect((await simulation.advisor.indexes()).indexes[0]?.state).toBe('verifying');
    await expect(simulation.advisor.decide(candidate?.id ?? '', 'approve')).rejects.toMatchObject({ code: 'index-decided' });
    await expect(simulation.advisor.decide('0'.repeat(24), 'approve')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('A-9: an index that the admin dropped is not made again in 30 days', { timeout: 60_000 }, async () => {
    const simulation = await Simulation.start();
    await simulation.passAll(ticksOf(2 * hour), () => hot);
    const [index] = (await simulation.advisor.indexes()).indexes;
    await simulation.advisor.decide(index?.id ?? '', 'drop');
    expect(simulation.engine.indexes.size).toBe(0);
    await simulation.passAll(ticksOf(30 * day), (at) => (at % 3 === 0 ? hot : { calls: {}, writtenEvents: 0 }));
    expect(simulation.engine.builds).toBe(1);
    await simulation.advisor.decide(index?.id ?? '', 'rebuild');
    await simulation.advisor.indexes();
    expect(simulation.engine.builds).toBe(2);
  });

  test('an index that is kept is not dropped for its value; `off` counts nothing and does nothing', async () => {
    const simulation = await Simulation.start();
    await simulation.passAll(ticksOf(2 * hour), () => hot);
    const [index] = (await simulation.advisor.indexes()).indexes;
    await simulation.advisor.decide(index?.id ?? '', 'keep');
    await simulation.passAll(ticksOf(4 * day), () => ({ calls: {}, writtenEvents: 100_000 }));
    expect(await statesOf(simulation)).toMatchObject({ active: 1 });
    await simulation.advisor.setIndexPolicy({ mode: 'off' });
    await simulation.passAll(ticksOf(2 * hour), () => ({ calls: shapes(5, 3, 10), writtenEvents: 0 }));
    expect(simulation.engine.builds).toBe(1);
  });
});
