import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { succeeded } from '../testing.ts';
import { Views, adminId, appId, otherAppId, walks } from '../testing/views.ts';

let views: Views;
beforeEach(async () => void (views = await Views.open()));
afterEach(() => views.close());

describe('waiting for a run', () => {
  test('ends with the run and not before', async () => {
    const { instance } = await views.instance();
    const { promise, resolve } = Promise.withResolvers<void>();
    views.execution.code = async () => (await promise, succeeded(7));
    const { id } = await views.manager.startRun(appId, instance.id, null);
    const told: string[] = [];
    const waiting = [1, 2].map(async () => told.push((await views.manager.waitForRun(id, 30_000)).state));
    await views.clock.advance(29_999);
    expect(told).toEqual([]);
    resolve();
    await Promise.all(waiting);
    expect(told).toEqual(['succeeded', 'succeeded']);
  });

  test('reads its record once while the run goes on here, however long it takes', async () => {
    const { instance } = await views.instance();
    const { promise, resolve } = Promise.withResolvers<void>();
    views.execution.code = async () => (await promise, succeeded(7));
    const { id } = await views.manager.startRun(appId, instance.id, null);
    await vi.waitFor(async () => expect((await views.manager.getRun(id)).state).toBe('running'));
    const reads = views.countReads();
    const waiting = views.manager.waitForRun(id, 9000);
    await views.clock.advance(8999);
    resolve();
    expect((await waiting).result).toBe(7);
    expect(reads()).toBe(1);
  });

  test('for longer than it may answers the state at that moment', async () => {
    const { instance } = await views.instance();
    views.execution.code = () => new Promise(() => {});
    const { id } = await views.manager.startRun(appId, instance.id, null);
    const waiting = views.manager.waitForRun(id, 2000);
    await vi.waitFor(async () => expect((await views.manager.getRun(id)).state).toBe('running'));
    await views.clock.advance(2000);
    expect((await waiting).state).toBe('running');
  });

  test('that has ended, or is unknown, is answered at once', async () => {
    const { instance } = await views.instance();
    const { id } = await views.run(instance.id);
    expect((await views.manager.waitForRun(id, 30_000)).state).toBe('succeeded');
    await expect(views.manager.waitForRun('f'.repeat(24), 30_000)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('while the keep closes answers the state as it then is', async () => {
    const { instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    const waiting = views.manager.waitForRun(id, 30_000);
    await new Promise((resolve) => setImmediate(resolve));
    await views.manager.close();
    expect((await waiting).state).toBe('queued');
  });
});

describe('lists', () => {
  test('come newest first, page by page, with a count when asked', async () => {
    const made: { readonly id: string; readonly createdAt: string }[] = [];
    for (let index = 0; index < 5; index += 1) {
      made.push(await views.manager.createTemplate({ ...walks, name: `n${index}` }, adminId));
      if (index !== 2) await views.clock.advance(1000);
    }
    // Of two that are as old, the id decides.
    const newestFirst = made.map(({ id, createdAt }) => `${createdAt} ${id}`).toSorted();
    const seen: string[] = [];
    let after: unknown;
    do {
      const page = await views.manager.listTemplates({ limit: 2, after, count: true });
      expect(page.count).toBe(5);
      seen.push(...page.items.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(newestFirst.toReversed().map((text) => text.split(' ')[1]));
    expect((await views.manager.listTemplates({ limit: 5 })).count).toBeUndefined();
  });

  test('refuse a place that is none', async () => {
    for (const after of ['x', {}, { createdAt: 'now', id: 'a'.repeat(24) }, { createdAt: 1, id: 'x' }])
      await expect(views.manager.listRuns({}, { limit: 1, after })).rejects.toMatchObject({
        errors: [{ code: 'cursor' }],
      });
  });

  test('of runs with large results have shorter pages, and still every run once', async () => {
    const { instance } = await views.instance();
    views.execution.code = async () => succeeded('x'.repeat(125_000));
    const made: string[] = [];
    for (let index = 0; index < 20; index += 1) made.unshift((await views.run(instance.id)).id);
    const pages: string[][] = [];
    let after: unknown;
    do {
      const page = await views.manager.listRuns({}, { limit: 1000, after });
      pages.push(page.items.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(pages.map(({ length }) => length)).toEqual([8, 8, 4]);
    expect(pages.flat().toSorted()).toEqual(made.toSorted());
  });

  test('of many runs let others run between the steps in which they are read', async () => {
    const { instance } = await views.instance();
    for (let index = 0; index < 40; index += 1) await views.run(instance.id);
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    await views.manager.listRuns({}, { limit: 1000 });
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(2);
  });

  test('of runs are filtered by app, instance, template, state and time, each alone and together', async () => {
    const one = await views.instance();
    const two = await views.instance();
    const { instance: foreign } = await views.manager.createInstance(otherAppId, two.template.id, null);
    views.permissions.grant(foreign.id, 'location/visit');
    const first = await views.run(one.instance.id);
    await views.clock.advance(1000);
    views.queue.held = true;
    const second = await views.manager.startRun(appId, two.instance.id, null);
    await views.clock.advance(1000);
    const third = await views.manager.startRun(otherAppId, foreign.id, null);
    const ids = async (filter: Parameters<typeof views.manager.listRuns>[0]) =>
      (await views.manager.listRuns(filter, { limit: 10 })).items.map(({ id }) => id);

    expect(await ids({})).toEqual([third.id, second.id, first.id]);
    expect(await ids({ appId })).toEqual([second.id, first.id]);
    expect(await ids({ viewInstanceId: one.instance.id })).toEqual([first.id]);
    expect(await ids({ viewTemplateId: two.template.id })).toEqual([third.id, second.id]);
    expect(await ids({ state: 'queued' })).toEqual([third.id, second.id]);
    expect(await ids({ appId, state: 'queued', viewTemplateId: two.template.id })).toEqual([second.id]);
    expect(await ids({ from: Date.parse(first.createdAt), to: Date.parse(third.createdAt) })).toEqual([
      second.id,
      first.id,
    ]);
    expect(await ids({ from: Date.parse(first.createdAt) + 1 })).toEqual([third.id, second.id]);
    expect(await views.manager.listRuns({ appId, state: 'queued' }, { limit: 1, count: true })).toMatchObject({
      count: 1,
      next: null,
    });
    await expect(views.manager.getRun(third.id, appId)).rejects.toMatchObject({ code: 'not-found' });
  });
});
