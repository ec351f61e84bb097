import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { momentMs } from './constants.ts';
import type { PairedRun } from './index-engine.ts';
import { Simulation } from './simulation.fixture.ts';

const hot = { calls: { 0: 10 }, writtenEvents: 500 };

/** An advisor whose first replay blocks until the test releases it. */
async function replaying(): Promise<{ simulation: Simulation; begun: () => number; goOn: () => void }> {
  const simulation = await Simulation.start();
  const { engine } = simulation;
  const replays: unknown[] = [];
  let goOn = (): void => undefined;
  const gone = new Promise<void>((resolve) => (goOn = resolve));
  const replay = engine.replay.bind(engine);
  engine.replay = async (query): Promise<PairedRun> => {
    replays.push(query);
    await gone;
    return replay(query);
  };
  while (replays.length === 0) await simulation.pass(hot);
  return { simulation, begun: () => replays.length, goOn };
}

test('an answer about the indexes does not wait for a replay, and tells how things stand meanwhile', async () => {
  const { simulation, begun, goOn } = await replaying();
  const answer = simulation.advisor.indexes();
  await setImmediate();
  await simulation.clock.advance(momentMs);
  const { indexes } = await answer;
  expect(indexes.map(({ state }) => state)).toEqual(['verifying', 'declared']);
  expect(begun()).toBe(1);
  goOn();
  await setImmediate();
  expect(begun()).toBe(20);
});

test('an act of the admin through another process stands, whatever this one was about to store', async () => {
  const { simulation, goOn } = await replaying();
  const [index] = [...simulation.engine.indexes.values()];
  const other = simulation.another();
  const id = index?.name.slice('auto_'.length) ?? '';
  expect(await other.decide(id, 'drop')).toMatchObject({ state: 'dropped' });
  goOn();
  for (let at = 0; at < 60; at += 1) await simulation.pass(hot);
  const [dropped] = (await simulation.advisor.indexes()).indexes;
  expect(dropped).toMatchObject({ id, state: 'dropped' });
  expect(dropped?.explanation.at(-1)).toBe('It is not made again unless the admin asks for it.');
  expect([simulation.engine.builds, simulation.engine.indexes.size]).toEqual([1, 0]);
});

test('an act of the admin waits for one replay at most, and the others are made at the next look', async () => {
  const { simulation, begun, goOn } = await replaying();
  const [index] = [...simulation.engine.indexes.values()];
  const kept = simulation.advisor.decide(index?.name.slice('auto_'.length) ?? '', 'keep');
  await setImmediate();
  goOn();
  expect(await kept).toMatchObject({ state: 'verifying', kept: true });
  expect(begun()).toBe(1);
  for (let at = 0; at < 6; at += 1) await simulation.pass(hot);
  expect(begun()).toBe(21);
  expect((await simulation.advisor.indexes()).indexes[0]?.state).toBe('active');
});
