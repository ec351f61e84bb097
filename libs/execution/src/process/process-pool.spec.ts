import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SystemClock, type Timer } from '@datakeep/kernel';
import { emptyBroker, openJavaScriptService } from '../testing.ts';

const countItems =
  'module.exports = async (parameters, keep) => { return (await keep.events.query({})).items.length; };';

/** Names of this process's children, from /proc; the guard's shell counts. */
function children(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        return status.includes(`\nPPid:\t${process.pid}\n`) ? [/^Name:\s*(.*)$/m.exec(status)![1]!] : [];
      } catch {
        return [];
      }
    });
}

/** A system clock whose long timers fire when the test says so: ages pass, starting a process takes no clock time. */
class AgeingClock extends SystemClock {
  #ages: { callback: () => void }[] = [];
  #added = 0;

  override monotonic(): number {
    return super.monotonic() + this.#added;
  }

  override setTimer(delayMs: number, callback: () => void): Timer {
    if (delayMs < 30_000) return super.setTimer(delayMs, callback);
    const age = { callback };
    this.#ages.push(age);
    return { cancel: () => void (this.#ages = this.#ages.filter((other) => other !== age)) };
  }

  pass(ms: number): void {
    this.#added += ms;
    for (const { callback } of this.#ages.splice(0)) callback();
  }
}

describe('The pool of view processes', () => {
  let keep: Awaited<ReturnType<typeof openJavaScriptService>>;
  afterEach(() => keep.close());

  const processes = async () => (await keep.service.report()).processes;

  it.runIf(process.platform === 'linux')(
    'has no process until there is source code, and none after it was closed',
    async () => {
      const before = children();
      keep = await openJavaScriptService();
      expect(await processes()).toEqual({ running: 0, idle: 0, max: 2 });
      expect(children()).toEqual(before);
      await keep.upload(countItems);
      expect(await processes()).toEqual({ running: 0, idle: 1, max: 2 });
      await keep.service.close();
      await vi.waitFor(() => expect(children()).toEqual(before));
    },
  );

  it('warms a process at the start when there is source code', async () => {
    keep = await openJavaScriptService();
    const sources = {
      put: async () => undefined,
      get: async () => undefined,
      delete: async () => undefined,
      isEmpty: async () => false,
    };
    const second = await openJavaScriptService({ sources });
    try {
      expect((await second.service.report()).processes.idle).toBe(1);
    } finally {
      await second.close();
    }
  });

  it('serves one key with one process, at most so many runs, and another key with another process', async () => {
    keep = await openJavaScriptService({ maxRuns: 3, processes: 2 });
    const id = await keep.upload(countItems);
    const working = [];
    for (let run = 0; run < 4; run++) {
      expect(await keep.run(id, { reuseKey: 'a' })).toMatchObject({ state: 'succeeded' });
      working.push((await processes()).running);
    }
    // The process that served three runs is on its way out after the third, and no other time.
    expect(working.slice(0, 3)).toEqual([0, 0, 1]);
    expect(await keep.run(id, { reuseKey: 'b' })).toMatchObject({ state: 'succeeded' });
    expect(await keep.run(id, { reuseKey: 'c' })).toMatchObject({ state: 'succeeded' });
    const { running, idle: free, max } = await processes();
    // The spare comes on top.
    expect(running + free).toBeLessThanOrEqual(max + 1);
  });

  it('runs no more at once than it may, and each that waits gets its turn', async () => {
    keep = await openJavaScriptService({ processes: 2 });
    const id = await keep.upload(countItems);
    let open = 0;
    let most = 0;
    const broker = {
      call: async () => {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
        return { json: '{"items":[]}', items: 0 };
      },
    };
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, n) => keep.run(id, { reuseKey: `key ${n % 3}`, broker })),
    );
    expect(outcomes.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'succeeded'));
    expect(most).toBeLessThanOrEqual(2);
  });

  it('lets a run that waits for a process be cancelled', async () => {
    keep = await openJavaScriptService({ processes: 1 });
    const id = await keep.upload(countItems);
    const called = Promise.withResolvers<void>();
    const first = new AbortController();
    const busy = keep.run(id, {
      reuseKey: 'a',
      signal: first.signal,
      broker: { call: () => (called.resolve(), new Promise(() => undefined)) },
    });
    await called.promise;
    const second = new AbortController();
    const waiting = keep.run(id, { reuseKey: 'b', signal: second.signal });
    second.abort();
    expect(await waiting).toMatchObject({ state: 'cancelled' });
    first.abort();
    expect(await busy).toMatchObject({ state: 'cancelled' });
    expect(await keep.run(id, { reuseKey: 'b' })).toMatchObject({ state: 'succeeded' });
  });

  it('lets processes go when they are old, and starts anew for the next run', async () => {
    const clock = new AgeingClock();
    keep = await openJavaScriptService({ clock, maxAgeMs: 60_000 });
    const id = await keep.upload(countItems);
    await keep.run(id);
    await vi.waitFor(async () => expect((await processes()).idle).toBe(2));
    clock.pass(60_001);
    await vi.waitFor(async () => expect((await processes()).idle).toBeLessThan(2));
    expect(await keep.run(id)).toMatchObject({ state: 'succeeded' });
  });

  it('ends the processes of source code that is deleted', async () => {
    keep = await openJavaScriptService();
    const id = await keep.upload(countItems);
    const called = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<{ json: string; items: number }>();
    const running = keep.run(id, { broker: { call: () => (called.resolve(), answer.promise) } });
    await called.promise;
    await keep.service.delete(id);
    answer.resolve({ json: '{"items":[1]}', items: 1 });
    expect(await running).toMatchObject({ state: 'succeeded', resultJson: '1' });
    expect(await keep.run(id)).toMatchObject({ error: { code: 'view-source-missing' } });
  });

  it('says so when processes cannot start, and stores nothing', async () => {
    keep = await openJavaScriptService({ nodePath: '/bin/false' });
    await expect(
      keep.service.upload([{ path: 'main.js', content: 'module.exports = () => 1;' }]),
    ).rejects.toMatchObject({
      code: 'execution-service-unreachable',
    });
    expect(await keep.sources.isEmpty()).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'is back where it was after 1,000 runs, in open files and children',
    async () => {
      keep = await openJavaScriptService({ maxRuns: 50 });
      const id = await keep.upload(countItems);
      const settle = async (): Promise<{ files: number; children: number }> => {
        await keep.run(id, { broker: emptyBroker });
        await vi.waitFor(async () => expect(await processes()).toEqual({ running: 0, idle: 2, max: 2 }));
        return { files: readdirSync('/proc/self/fd').length, children: children().length };
      };
      const before = await settle();
      for (let run = 0; run < 1000; run++) expect(await keep.run(id)).toMatchObject({ state: 'succeeded' });
      await vi.waitFor(async () => expect(await settle()).toEqual(before));
    },
  );
});
