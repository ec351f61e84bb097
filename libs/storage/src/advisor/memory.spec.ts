import { expect, test } from 'vitest';
import { bucketMs, day, hour } from './constants.ts';
import { Memory } from './memory.ts';
import { queryOf } from './simulation.fixture.ts';
import { capabilities } from './simulated-engine.fixture.ts';
import { SimulatedStore } from './simulated-store.fixture.ts';
import { Statistics } from './statistics.ts';

const figures = { ms: 10, rowsReturned: 1, rowsExamined: 1000, rowsTouched: 1, complete: true };
const start = 1000 * day;

/** A storage process: what it has counted, and its way to the store. */
class Process {
  readonly statistics = new Statistics(() => 0.5);
  readonly memory: Memory;
  #asked = 0;

  constructor(store: SimulatedStore, holder: string) {
    this.memory = new Memory(store, holder);
  }

  static async begin(store: SimulatedStore, holder: string, now: number): Promise<Process> {
    const begun = new Process(store, holder);
    await begun.memory.load(begun.statistics, now);
    return begun;
  }

  asks(calls: number, now: number): void {
    for (let call = 0; call < calls; call += 1)
      this.statistics.queried(queryOf(0, (this.#asked += 1)), capabilities, figures, now);
    this.statistics.wrote('p', calls, 1, now);
  }

  flush(now: number): Promise<void> {
    return this.memory.flush(this.statistics, now);
  }

  load(now: number): Promise<void> {
    return this.memory.load(this.statistics, now);
  }

  get calls(): number | undefined {
    return [...this.statistics.shapes.values()][0]?.since(0).calls;
  }

  get written(): number {
    return this.statistics.writesOf('p').eventsSince(0);
  }

  /** How many there are, and how many of them differ. */
  get samples(): [number, number] {
    const texts = [...this.statistics.shapes.values()].flatMap(({ samples }) =>
      samples.map((one) => JSON.stringify(one)),
    );
    return [texts.length, new Set(texts).size];
  }
}

test('what was counted is counted once, however many processes load and store it', async () => {
  const store = new SimulatedStore();
  const first = await Process.begin(store, 'a', start);
  first.asks(8, start);
  await first.flush(start);
  let now = start + hour;
  for (const holder of ['b', 'c', 'd']) {
    const next = await Process.begin(store, holder, now);
    expect([next.calls, next.written, next.samples]).toEqual([8, 8, [8, 8]]);
    await next.flush(now + bucketMs);
    now += hour;
  }
});

test('a process that is started again within five minutes goes on counting', async () => {
  const store = new SimulatedStore();
  for (const calls of [1, 2, 3]) {
    const again = await Process.begin(store, 'local', start + calls);
    again.asks(1, start + calls);
    await again.flush(start + calls);
    expect([again.calls, again.written]).toEqual([calls, calls]);
  }
});

test('what another process counts is loaded once, also after a long time, and its samples too', async () => {
  const store = new SimulatedStore();
  const [one, other] = [await Process.begin(store, 'a', start), await Process.begin(store, 'b', start)];
  other.asks(1, start);
  for (let now = start; now < start + hour; now += bucketMs) {
    one.asks(1, now);
    await one.flush(now);
    await one.flush(now + 1);
  }
  // As long as it does not decide, a process does not load.
  for (const now of [start + 3 * hour, start + 3 * hour + bucketMs]) {
    await other.load(now);
    expect([other.calls, other.written, other.samples]).toEqual([13, 13, [12, 12]]);
  }
});

test('a query of more text than a sample may have is counted, and not kept', () => {
  const statistics = new Statistics(() => 0);
  const values = Array.from({ length: 200 }, (_, n) => `${n}${'x'.repeat(1000)}`);
  const large = queryOf(0, 0, { filter: { node: 'in', field: 'payload.f0', values } });
  statistics.queried(large, capabilities, figures, start);
  const [shape] = statistics.shapes.values();
  expect([shape?.since(0).calls, shape?.samples]).toEqual([1, []]);
});

test('a profile that nothing was written to for long is not counted for any more', () => {
  const statistics = new Statistics(() => 0);
  statistics.wrote('diary', 1000, 1, start);
  statistics.forgetBefore(start + day);
  expect([...statistics.profiles.keys()]).toEqual(['diary']);
  statistics.forgetBefore(start + 30 * day);
  expect([...statistics.profiles.keys()]).toEqual([]);
});
