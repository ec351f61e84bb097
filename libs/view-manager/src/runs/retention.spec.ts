import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runRecords } from '../records/records.ts';
import { succeeded } from '../testing.ts';
import { appId, Views } from '../testing/views.ts';

const day = 86_400_000;
let views: Views;
afterEach(() => views.close());

/** Runs of one instance, a second apart; answers their ids, oldest first. */
async function runs(count: number, result: unknown = null): Promise<string[]> {
  const { instance } = await views.instance();
  views.execution.code = async () => succeeded(result);
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    ids.push((await views.run(instance.id)).id);
    await views.clock.advance(1000);
  }
  return ids;
}

async function kept(): Promise<string[]> {
  const { items } = await views.manager.listRuns({}, { limit: 1000 });
  return items.map(({ id }) => id).toReversed();
}

/** Lets a minute pass as often as is needed: a pass and its next timer take real time. */
function minutesUntilKept(ids: readonly string[]): Promise<void> {
  return vi.waitFor(async () => {
    await views.clock.advance(60_000);
    expect(await kept()).toEqual(ids);
  });
}

describe('ended runs', () => {
  test('go when they are older than they may be, and not a moment before', async () => {
    views = await Views.open({ retention: { maxAgeMs: 600_000, maxRuns: 100, maxBytes: 1e9 } });
    const [old] = await runs(1);
    await views.clock.advance(300_000);
    const [young] = await runs(1);
    await views.clock.advance(200_000);
    expect(await kept()).toEqual([old, young]);
    await minutesUntilKept([young!]);
    await minutesUntilKept([]);
    expect(await views.manager.runFigures()).toMatchObject({
      ended: 0,
      endedBytes: 0,
      removed: 2,
      oldestEndedAt: null,
    });
  });

  test('go by number, oldest first, in several steps', async () => {
    views = await Views.open({ retention: { maxAgeMs: day, maxRuns: 5, maxBytes: 1e9 } });
    const ids = await runs(32);
    await minutesUntilKept(ids.slice(-5));
    expect(await views.manager.runFigures()).toMatchObject({ ended: 5, removed: 27 });
  });

  test('go by size, oldest first', async () => {
    views = await Views.open({ retention: { maxAgeMs: day, maxRuns: 100, maxBytes: 35_000 } });
    const ids = await runs(5, 'x'.repeat(10_000));
    const { ended, endedBytes } = await views.manager.runFigures();
    expect([ended, Math.round(endedBytes / 5000)]).toEqual([5, 11]);
    await minutesUntilKept(ids.slice(-3));
  });

  test('are counted where some ended since, and not each minute of a keep at rest', async () => {
    views = await Views.open({ retention: { maxAgeMs: day, maxRuns: 2, maxBytes: 1e9 } });
    const sum = vi.spyOn(views.documents.collection(runRecords), 'sum');
    const [, ...ids] = await runs(3);
    await minutesUntilKept(ids);
    for (let minute = 0; minute < 10; minute += 1) await views.clock.advance(60_000);
    sum.mockClear();
    for (let minute = 0; minute < 10; minute += 1) await views.clock.advance(60_000);
    expect(sum).not.toHaveBeenCalled();
    const [last] = await runs(1);
    await minutesUntilKept([ids[1]!, last!]);
  });

  test('stay while they are within every bound, and unfinished ones stay in any case', async () => {
    views = await Views.open({ retention: { maxAgeMs: 60_000, maxRuns: 1, maxBytes: 1 } });
    const { instance } = await views.instance();
    views.execution.code = () => new Promise(() => {});
    const running = await views.manager.startRun(appId, instance.id, null);
    views.queue.held = true;
    await views.clock.advance(1);
    const queued = await views.manager.startRun(appId, instance.id, null);
    await views.clock.advance(600_000);
    expect(await kept()).toEqual([running.id, queued.id]);
    expect(await views.manager.runFigures()).toMatchObject({
      ended: 0,
      removed: 0,
      sweptAt: expect.any(String) as string,
    });
  });

  test('are removed once, also by two processes at once', async () => {
    views = await Views.open({ retention: { maxAgeMs: day, maxRuns: 2, maxBytes: 1e9 } });
    const ids = await runs(8);
    const other = views.elsewhere();
    await other.start();
    await minutesUntilKept(ids.slice(-2));
    const figures = await Promise.all([views.manager.runFigures(), other.runFigures()]);
    expect(figures[0].removed + figures[1].removed).toBe(6);
    await other.close();
  });
});

describe('the ledger of a run', () => {
  beforeEach(async () => void (views = await Views.open()));

  test('holds each delivery, what was stored and what was run', async () => {
    const { template, instance } = await views.instance();
    views.execution.code = async () => {
      if (views.execution.requests.length < 3) throw new Error('the service is unwell');
      return succeeded('ä');
    };
    const { id } = await views.manager.startRun(appId, instance.id, null);
    const run = await views.manager.waitForRun(id, 30_000);
    expect(run).toMatchObject({
      attempts: 3,
      usage: { resultBytes: 4, logBytes: 0 },
      ledger: {
        appId,
        viewTemplateId: template.id,
        sourceDigest: template.sourceDigest,
        quarantined: false,
        deliveries: [
          { attempt: 1, end: 'interrupted' },
          { attempt: 2, end: 'interrupted' },
          { attempt: 3, end: 'ended' },
        ],
      },
    });
  });

  test('tells which runs are in quarantine, and lists them', async () => {
    const { instance } = await views.instance();
    views.execution.code = async () => {
      throw new Error('the service is unwell');
    };
    const { id } = await views.manager.startRun(appId, instance.id, null);
    await views.manager.waitForRun(id, 30_000);
    views.execution.code = async () => succeeded(null);
    await views.run(instance.id);
    expect(await views.manager.getRun(id)).toMatchObject({
      state: 'failed',
      error: { code: 'execution-service-failed' },
      ledger: { quarantined: true },
    });
    expect((await views.manager.listRuns({ quarantined: true }, { limit: 10 })).items.map((run) => run.id)).toEqual([
      id,
    ]);
    expect((await views.manager.listRuns({ quarantined: false }, { limit: 10 })).items).toHaveLength(1);
    expect(await views.manager.runFigures()).toMatchObject({ ended: 2, quarantined: 1 });
  });

  test('counts attempts on where the queue lost count, and ends a run that had all of them', async () => {
    const { instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    for (const attempt of [1, 2, 3]) {
      expect(await views.manager.coordinator.begin(`run-${id}`)).toMatchObject({ kind: 'execute', attempt });
      await vi.waitFor(async () => expect((await views.manager.getRun(id)).attempts).toBe(attempt));
    }
    expect(await views.manager.coordinator.begin(`run-${id}`)).toEqual({ kind: 'nothing' });
    expect(await views.manager.getRun(id)).toMatchObject({
      state: 'failed',
      attempts: 3,
      error: { code: 'view-attempts-exhausted' },
      ledger: { quarantined: true, deliveries: [{ attempt: 1 }, { attempt: 2 }, { attempt: 3, end: 'ended' }] },
    });
  });
});
