import { expect, test } from 'vitest';
import { bucketMs, hiddenMs, hour, keptMs } from './constants.ts';
import { Simulation } from './simulation.fixture.ts';

const hot = { calls: { 0: 10 }, writtenEvents: 500 };

/**
 * The process dies at the n-th call that would change the engine; no call after it has an effect. Undefined where there
 * are fewer calls.
 */
async function dieAt(
  n: number,
  { equal, hides }: { equal: boolean; hides: boolean },
): Promise<{ simulation: Simulation; at: string } | undefined> {
  const simulation = await Simulation.start();
  const { engine } = simulation;
  engine.able = { ...engine.able, hidden: hides };
  await simulation.restart();
  engine.equal = equal;
  let left = n;
  const reached: string[] = [];
  engine.interfere = (step, what) => {
    if (
      what.startsWith('bucket') ||
      what.startsWith('writes') ||
      what.startsWith('shape') ||
      what.startsWith('sample') ||
      what.startsWith('policy')
    )
      return;
    left -= 1;
    if (left > 0) return;
    reached.push(step);
    throw new Error('the process is dead');
  };
  for (let stretch = 0; stretch < (hides ? 16 + hiddenMs / bucketMs : 16) && reached.length === 0; stretch += 1)
    await simulation.pass(hot);
  engine.interfere = () => undefined;
  const [at] = reached;
  return at === undefined ? undefined : { simulation, at };
}

test.each([
  { what: 'an index that is proved', equal: true, hides: false, steps: ['put', 'create', 'created'] },
  {
    what: 'an index that is taken back',
    equal: false,
    hides: false,
    steps: ['put', 'create', 'created', 'drop', 'dropped'],
  },
  {
    what: 'an index that is hidden before it is taken back',
    equal: false,
    hides: true,
    steps: ['put', 'create', 'created', 'hide', 'hidden', 'drop', 'dropped'],
  },
])(
  'A-6: killed at any step of $what, records and indexes agree after the start, and no index is an orphan',
  async ({ steps, ...life }) => {
    const diedAt = new Set<string>();
    for (let n = 1; ; n += 1) {
      const died = await dieAt(n, life);
      if (!died) break;
      const { simulation, at } = died;
      diedAt.add(at);
      await simulation.restart();
      const { indexes } = await simulation.advisor.indexes();
      const recorded = indexes
        .filter(({ state }) => state === 'verifying' || state === 'active' || state === 'hidden')
        .map(({ name }) => name);
      expect([...simulation.engine.indexes.keys()], `dead at change ${n}, a ${at}`).toEqual(recorded);
      expect(indexes.filter(({ state }) => state === 'building')).toEqual([]);
      const hidden = indexes.filter(({ state }) => state === 'hidden').map(({ name }) => name);
      expect([...simulation.engine.hiddenIndexes], `dead at change ${n}, a ${at}`).toEqual(hidden);
    }
    expect(diedAt).toEqual(new Set(steps));
  },
);

test('of two processes one decides, and the other takes over when its lease is over', async () => {
  const simulation = await Simulation.start();
  simulation.engine.holder = { name: 'another', until: simulation.clock.now() + 3_600_000 };
  await simulation.restart();
  for (let at = 0; at < 11; at += 1) await simulation.pass(hot);
  expect(simulation.engine.builds).toBe(0);
  for (let at = 0; at < 6; at += 1) await simulation.pass(hot);
  expect([simulation.engine.builds, simulation.engine.holder.name]).toEqual([1, 'local']);
});

test('a build that takes longer than the lease stays that of the process which began it', async () => {
  const simulation = await Simulation.start();
  const other = simulation.another();
  await other.start();
  const built = Promise.withResolvers<void>();
  const create = simulation.engine.create.bind(simulation.engine);
  const begun: string[] = [];
  simulation.engine.create = async (definition) => {
    begun.push(definition.name);
    await built.promise;
    return create(definition);
  };
  while (begun.length === 0) await simulation.pass(hot);
  for (let at = 0; at < 6; at += 1) await simulation.pass(hot);
  expect((await simulation.engine.all('index')).map(({ value }) => JSON.parse(value))).toMatchObject([
    { state: 'building' },
  ]);
  built.resolve();
  await simulation.pass(hot);
  expect([begun.length, simulation.engine.holder?.name]).toEqual([1, 'local']);
  expect((await simulation.advisor.indexes()).indexes[0]).toMatchObject({ state: 'verifying' });
});

test('what is set through one process holds for the other, and what is left out stays as it is', async () => {
  const simulation = await Simulation.start();
  const other = simulation.another();
  await other.start();
  await simulation.advisor.setIndexPolicy({ mode: 'off' });
  expect((await other.indexes()).policy.mode).toBe('off');
  await simulation.advisor.setIndexPolicy({ mode: 'suggest' });
  expect(await other.setIndexPolicy({ spaceBudget: 1 })).toEqual({ mode: 'suggest', spaceBudget: 1, window: null });
});

test('an automatic index without a record is dropped', async () => {
  const simulation = await Simulation.start();
  const name = `auto_${'a'.repeat(24)}`;
  const keys = [{ field: 'payload.f0', direction: 'ascending' as const }];
  simulation.engine.indexes.set(name, { name, profile: 'p', keys, idAfter: null });
  await simulation.restart();
  expect((await simulation.advisor.indexes()).indexes.map(({ state }) => state)).toEqual(['declared']);
  expect(simulation.engine.indexes.size).toBe(0);
});

test('a start that fails is made up for, and what was stored is read then', async () => {
  const simulation = await Simulation.start({ mode: 'suggest' });
  for (let at = 0; at < 8; at += 1) await simulation.pass(hot);
  const { engine } = simulation;
  const capabilities = engine.capabilities.bind(engine);
  engine.capabilities = () => Promise.reject(new Error('the server is away'));
  await expect(simulation.restart()).rejects.toThrow('the server is away');
  await expect(simulation.advisor.indexes()).rejects.toThrow('the server is away');
  engine.capabilities = capabilities;
  await simulation.pass({ calls: {}, writtenEvents: 0 });
  expect((await simulation.advisor.indexes()).indexes[0]).toMatchObject({ shapes: [{ calls: 80 }] });
});

test('while it is off, what was kept long enough goes all the same', async () => {
  const simulation = await Simulation.start({ mode: 'suggest' });
  for (let at = 0; at < 8; at += 1) await simulation.pass(hot);
  await simulation.advisor.setIndexPolicy({ mode: 'off' });
  expect(await simulation.engine.all('sample')).toHaveLength(1);
  await simulation.clock.advance(keptMs + hour);
  await simulation.passAll(2, () => ({ calls: {}, writtenEvents: 0 }));
  expect(await simulation.engine.all('sample')).toEqual([]);
});

test('what was counted survives a restart, values with it, and no answer holds one', async () => {
  const simulation = await Simulation.start({ mode: 'suggest' });
  for (let at = 0; at < 8; at += 1) await simulation.pass(hot);
  const before = await simulation.advisor.indexes();
  await simulation.restart();
  const after = await simulation.advisor.indexes();
  expect(after.indexes[0]).toMatchObject({ state: 'candidate', shapes: [{ calls: 80 }] });
  expect(after.indexes[0]?.shapes).toEqual(before.indexes[0]?.shapes);
  expect(await simulation.engine.all('sample')).toHaveLength(1);
});
