import { describe, expect, test } from 'vitest';
import { day, hour, minute, mostRecords } from './constants.ts';
import { queryOf, shapes, Simulation, ticksOf } from './simulation.fixture.ts';

async function statesOf(simulation: Simulation): Promise<Record<string, number>> {
  const states: Record<string, number> = {};
  for (const { state } of (await simulation.advisor.indexes()).indexes) states[state] = (states[state] ?? 0) + 1;
  return states;
}

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

  test('A-5: an index that the planner ignores is reverted at once, and not retried for 7, then 14 days', async () => {
    const simulation = await Simulation.start();
    simulation.engine.planner = 'stubborn';
    await simulation.passAll(ticksOf(hour), () => hot);
    const [index] = (await simulation.advisor.indexes()).indexes;
    expect(index?.history.map(({ state }) => state)).toEqual([
      'candidate',
      'approved',
      'building',
      'verifying',
      'reverted',
    ]);
    expect(index?.history.at(-1)?.reason).toBe(
      'the planner does not choose the index for the queries that asked for it',
    );
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
    expect(index?.history.at(-1)).toMatchObject({
      state: 'reverted',
      reason: 'writing became more than 20 % slower for 15 minutes',
    });
    expect(
      Date.parse(index?.history.at(-1)?.at ?? '') - Date.parse(index?.history.at(-2)?.at ?? ''),
    ).toBeLessThanOrEqual(15 * minute);
    expect(simulation.engine.indexes.size).toBe(0);
  });

  test('answers that differ take it back', async () => {
    const simulation = await Simulation.start();
    simulation.engine.equal = false;
    await simulation.passAll(ticksOf(hour), () => hot);
    const [index] = (await simulation.advisor.indexes()).indexes;
    expect(index?.history.at(-1)).toMatchObject({
      state: 'reverted',
      reason: 'answers differ with and without the index',
    });
  });

  test('an index that has become worth less than its writes goes, after a day at the earliest', async () => {
    const simulation = await Simulation.start();
    await simulation.passAll(ticksOf(4 * hour), () => hot);
    expect(await statesOf(simulation)).toMatchObject({ active: 1 });
    await simulation.passAll(ticksOf(5 * day), () => ({ calls: {}, writtenEvents: 100_000 }));
    const [index] = (await simulation.advisor.indexes()).indexes;
    expect(index?.history.at(-1)).toMatchObject({
      state: 'dropped',
      reason: 'what it saved is less than half of what it cost the writes',
    });
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

test('however many forms of queries come and go, there is a bound on what is told of them', async () => {
  const simulation = await Simulation.start({ mode: 'suggest', rows: 500_000 });
  const eachDay = 180;
  for (let first = 0; first < 3 * eachDay; first += eachDay) {
    await simulation.passAll(ticksOf(30 * minute), () => ({ calls: shapes(first, eachDay, 4), writtenEvents: 0 }));
    await simulation.passAll(ticksOf(25 * hour), () => ({ calls: {}, writtenEvents: 0 }));
  }
  const told = await statesOf(simulation);
  expect(told).toEqual({ candidate: mostRecords, declared: 1 });
  const { indexes } = await simulation.advisor.indexes();
  const oldest = indexes.filter(({ keys }) => Number(keys[0]?.field.slice('payload.f'.length)) < eachDay);
  expect(oldest).toHaveLength(mostRecords - 2 * eachDay);
  await simulation.restart();
  expect(await statesOf(simulation)).toEqual(told);
});

const two = { calls: shapes(0, 2, 10), writtenEvents: 500 };

async function historyOf(simulation: Simulation, shape: number): Promise<string[]> {
  const { indexes } = await simulation.advisor.indexes();
  const index = indexes.find(({ keys }) => keys[0]?.field === `payload.f${shape}`);
  return index?.history.map(({ state }) => state) ?? [];
}

describe('the pace of builds', () => {
  test('an urgent build waits until the last index has passed its replay; there are at most 24 a day', async () => {
    const simulation = await Simulation.start({ rows: 500_000 });
    simulation.engine.able = { ...simulation.engine.able, perProfile: 40 };
    await simulation.restart();
    const thirty = { calls: shapes(0, 30, 4), writtenEvents: 500 };
    await simulation.passAll(ticksOf(30 * minute), () => thirty);
    for (let builds = 1; builds <= 24; builds += 1) {
      expect(simulation.engine.builds).toBe(builds);
      await simulation.pass(thirty);
    }
    await simulation.passAll(ticksOf(day - 24 * 5 * minute - 5 * minute), () => thirty);
    expect(simulation.engine.builds).toBe(24);
    await simulation.passAll(6, () => thirty);
    expect(simulation.engine.builds).toBe(30);
  });

  test('what does not press comes an hour after the one before', async () => {
    const simulation = await Simulation.start();
    const slow = { calls: shapes(0, 3, 4), writtenEvents: 2000 };
    await simulation.passAll(ticksOf(30 * minute), () => slow);
    expect(simulation.engine.builds).toBe(1);
    await simulation.passAll(ticksOf(55 * minute), () => slow);
    expect(simulation.engine.builds).toBe(1);
    await simulation.pass(slow);
    expect(simulation.engine.builds).toBe(2);
  });

  test('nothing is built while writes suffer from an earlier index, nor within an hour of it', async () => {
    const simulation = await Simulation.start();
    while (simulation.engine.builds === 0) await simulation.pass(two);
    simulation.appendMs = 5;
    await simulation.passAll(3, () => two);
    expect(simulation.engine.builds).toBe(1);
    expect((await historyOf(simulation, 0)).at(-1)).toBe('reverted');
    simulation.appendMs = 1;
    await simulation.passAll(ticksOf(40 * minute), () => two);
    expect(simulation.engine.builds).toBe(1);
    await simulation.passAll(ticksOf(10 * minute), () => two);
    expect(simulation.engine.builds).toBe(2);
  });

  test('of two indexes on trial the later one answers for slower writes, and the earlier one stays', async () => {
    const simulation = await Simulation.start();
    while (simulation.engine.builds < 2) await simulation.pass(two);
    simulation.appendMs = 5;
    await simulation.passAll(3, () => two);
    expect([(await historyOf(simulation, 0)).at(-1), (await historyOf(simulation, 1)).at(-1)]).toEqual([
      'verifying',
      'reverted',
    ]);
    simulation.appendMs = 1;
    await simulation.passAll(3, () => two);
    expect((await historyOf(simulation, 0)).at(-1)).toBe('active');
  });

  test('if writing still suffers once the later one is gone, the earlier one goes, too', async () => {
    const simulation = await Simulation.start();
    while (simulation.engine.builds < 2) await simulation.pass(two);
    simulation.appendMs = 5;
    await simulation.passAll(6, () => two);
    expect([(await historyOf(simulation, 0)).at(-1), (await historyOf(simulation, 1)).at(-1)]).toEqual([
      'reverted',
      'reverted',
    ]);
  });
});

describe('where there is no room for one more', () => {
  /** One index in its place for more than a day, and two forms of queries that are worth far more. */
  async function full(hidden: boolean): Promise<Simulation> {
    const simulation = await Simulation.start();
    simulation.engine.able = { ...simulation.engine.able, hidden, perProfile: 2 };
    await simulation.restart();
    await simulation.passAll(ticksOf(26 * hour), () => ({ calls: shapes(0, 2, 4), writtenEvents: 500 }));
    expect(await statesOf(simulation)).toMatchObject({ active: 2 });
    return simulation;
  }
  const hotter = { calls: shapes(2, 2, 40), writtenEvents: 500 };

  test('the index that is worth least goes for one that is worth more, a hidden one once its day is over', async () => {
    const simulation = await full(true);
    const { builds } = simulation.engine;
    await simulation.passAll(ticksOf(6 * hour), () => hotter);
    expect(await statesOf(simulation)).toMatchObject({ active: 1, hidden: 1 });
    expect(simulation.engine.builds).toBe(builds);
    await simulation.passAll(ticksOf(22 * hour), () => hotter);
    expect(simulation.engine.builds).toBeGreaterThan(builds);
    expect(simulation.engine.mostIndexes).toBe(2);
  });

  test('none goes for an index that could not be built all the same', async () => {
    const simulation = await full(false);
    simulation.engine.space = () => Promise.resolve({ dataBytes: 0, indexBytes: 2000, disk: null });
    await simulation.passAll(ticksOf(6 * hour), () => hotter);
    expect(await statesOf(simulation)).toMatchObject({ active: 2 });
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
    await expect(simulation.advisor.decide(candidate?.id ?? '', 'approve')).rejects.toMatchObject({
      code: 'index-decided',
    });
    await expect(simulation.advisor.decide('0'.repeat(24), 'approve')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('A-9: an index that the admin dropped is not made again in 30 days', async () => {
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
