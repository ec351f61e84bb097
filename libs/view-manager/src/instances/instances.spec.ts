import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ExecutionOutcome } from '@datakeep/contracts';
import { succeeded } from '../testing/scripted-execution.ts';
import { Views, adminId, appId, otherAppId, walks } from '../testing/views.ts';

let views: Views;
beforeEach(async () => void (views = await Views.open()));
afterEach(() => views.close());

describe('making a view instance', () => {
  test("requests the template's permissions in its name, with a message that names the template", async () => {
    const template = await views.manager.createTemplate(walks, adminId);
    const { instance, permissions } = await views.manager.createInstance(appId, template.id, { weeks: 2 });
    expect(instance).toMatchObject({ appId, viewTemplateId: template.id, configuration: { weeks: 2 } });
    expect(permissions).toMatchObject([
      { appId, viewInstanceId: instance.id, profile: 'location/visit', requested: ['read'], status: 'pending' },
    ]);
    expect(permissions[0]!.message).toContain('"Walks"');
    expect(await views.manager.getInstance(instance.id, appId)).toEqual(instance);
  });

  test('takes any JSON value of up to 64 KiB as configuration', async () => {
    const template = await views.manager.createTemplate(walks, adminId);
    for (const configuration of [null, 0, '', [], { a: { b: [1, 'ä', '\ud800'] } }, 'x'.repeat(65_534)]) {
      const { instance } = await views.manager.createInstance(appId, template.id, configuration);
      expect((await views.manager.getInstance(instance.id)).configuration).toEqual(configuration);
    }
    await expect(views.manager.createInstance(appId, template.id, 'x'.repeat(65_535))).rejects.toMatchObject({
      errors: [{ pointer: '/configuration', code: 'range' }],
    });
  });

  test('leaves nothing behind when the permissions cannot be asked for', async () => {
    const template = await views.manager.createTemplate(walks, adminId);
    views.permissions.down = true;
    await expect(views.manager.createInstance(appId, template.id, null)).rejects.toMatchObject({
      code: 'storage-unreachable',
    });
    expect((await views.manager.listInstances({}, { limit: 10 })).items).toEqual([]);
    await views.manager.deleteTemplate(template.id, adminId);
  });

  test('leaves no permission behind when the record cannot be finished', async () => {
    const template = await views.manager.createTemplate(walks, adminId);
    views.documents.failOn = (writes) => writes.some(({ set }) => set?.['state'] === 'ready');
    await expect(views.manager.createInstance(appId, template.id, null)).rejects.toThrow();
    expect(views.permissions.requests.size).toBe(0);
    await views.manager.deleteTemplate(template.id, adminId);
  });

  test('that a crash cut short is invisible, and removed a minute later with its permissions', async () => {
    const template = await views.manager.createTemplate(walks, adminId);
    views.documents.failOn = (writes) =>
      writes.some(({ set }) => set?.['state'] === 'ready' || set?.['state'] === 'gone');
    await expect(views.manager.createInstance(appId, template.id, null)).rejects.toThrow();
    await views.manager.close();
    await views.crash();
    await views.manager.start();
    expect((await views.manager.listInstances({}, { limit: 10 })).items).toEqual([]);
    await expect(views.manager.deleteTemplate(template.id, adminId)).rejects.toMatchObject({
      code: 'view-template-in-use',
    });
    await views.clock.advance(70_000);
    await vi.waitFor(() => views.manager.deleteTemplate(template.id, adminId));
  });
});

describe('a view instance', () => {
  test('does not exist for another app', async () => {
    const { instance } = await views.instance();
    await expect(views.manager.getInstance(instance.id, otherAppId)).rejects.toMatchObject({ code: 'not-found' });
    await expect(views.manager.deleteInstance(instance.id, { kind: 'app', id: otherAppId })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(views.manager.startRun(otherAppId, instance.id, null)).rejects.toMatchObject({ code: 'not-found' });
    expect((await views.manager.listInstances({ appId: otherAppId }, { limit: 10 })).items).toEqual([]);
  });

  test('takes its permissions, its queued and its running runs with it', async () => {
    const { instance } = await views.instance();
    const started = Promise.withResolvers<void>();
    views.execution.code = () => (started.resolve(), new Promise(() => {}));
    const running = await views.manager.startRun(appId, instance.id, null);
    await started.promise;
    await vi.waitFor(async () => expect((await views.manager.getRun(running.id)).state).toBe('running'));
    views.queue.held = true;
    const queued = await views.manager.startRun(appId, instance.id, null);
    const ends = [running, queued].map(({ id }) => views.manager.waitForRun(id, 30_000));

    await views.manager.deleteInstance(instance.id, { kind: 'app', id: appId });

    expect((await Promise.all(ends)).map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    expect(views.permissions.requests.has(instance.id)).toBe(false);
    await expect(views.manager.startRun(appId, instance.id, null)).rejects.toMatchObject({ code: 'not-found' });
    await expect(views.manager.deleteInstance(instance.id, { kind: 'app', id: appId })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test.each([
    ['needs permissions', {}],
    ['needs none', { permissions: [] }],
  ])(
    'that was just run here and is deleted elsewhere cannot be run any more, and leaves no run behind, where it %s',
    async (_name, template) => {
      const { instance } = await views.instance(template);
      await views.run(instance.id);
      await views.elsewhere().deleteInstance(instance.id, { kind: 'app', id: appId });
      const before = views.documents.committed.length;
      await expect(views.manager.startRun(appId, instance.id, 'x'.repeat(10_000))).rejects.toMatchObject({
        code: 'not-found',
      });
      const made = views.documents.committed.slice(before).flat();
      expect(made.filter(({ kind }) => kind === 'insert').map(({ id }) => id)).toEqual(
        made.filter(({ kind }) => kind === 'delete').map(({ id }) => id),
      );
      expect((await views.manager.listRuns({}, { limit: 10 })).items).toEqual([]);
      expect(await views.queue.counts()).toMatchObject({ waiting: 0, active: 0 });
    },
  );

  test('takes what its runs came to with it, also what a run leaves that ends only afterwards', async () => {
    const { instance } = await views.instance();
    const { instance: other } = await views.instance();
    views.execution.code = async () => succeeded('canary');
    const kept = await views.run(other.id);
    for (let run = 0; run < 25; run += 1) await views.run(instance.id);
    const { promise: answered, resolve: answer } = Promise.withResolvers<ExecutionOutcome>();
    views.execution.execute = () => answered;
    const last = await views.manager.startRun(appId, instance.id, null);
    await vi.waitFor(async () => expect((await views.manager.getRun(last.id)).state).toBe('running'));

    await views.manager.deleteInstance(instance.id, { kind: 'app', id: appId });
    expect((await views.manager.listRuns({}, { limit: 100 })).items.map(({ id }) => id)).toEqual([last.id, kept.id]);

    answer(succeeded('canary'));
    await vi.waitFor(async () => {
      await views.clock.advance(10_000);
      await expect(views.manager.getRun(last.id)).rejects.toMatchObject({ code: 'not-found' });
    });
    expect((await views.manager.listRuns({}, { limit: 100 })).items.map(({ id }) => id)).toEqual([kept.id]);
  });

  test('is deleted by the admin as well, who then can delete its template', async () => {
    const { template, instance } = await views.instance();
    await expect(views.manager.deleteTemplate(template.id, adminId)).rejects.toMatchObject({
      code: 'view-template-in-use',
    });
    await views.manager.deleteInstance(instance.id, { kind: 'admin', id: adminId });
    await expect(views.manager.getInstance(instance.id)).rejects.toMatchObject({ code: 'not-found' });
    expect(views.permissions.requests.has(instance.id)).toBe(false);
    expect(views.audit.of('view-instance.deleted')).toMatchObject([
      { actor: { kind: 'admin', id: adminId }, subject: { id: instance.id }, details: { appId } },
    ]);
    await views.manager.deleteTemplate(template.id, adminId);
  });

  test('cannot be made by an app that has as many as it may, and another app is not held up', async () => {
    await views.close();
    views = await Views.open({ appLimits: { viewInstances: 3 } });
    const template = await views.manager.createTemplate(walks, adminId);
    const make = (of: string): Promise<{ readonly instance: { readonly id: string } }> =>
      views.manager.createInstance(of, template.id, null);
    const made = await Promise.allSettled(Array.from({ length: 2 }, () => make(appId)));
    expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    const { instance } = await make(appId);
    await expect(make(appId)).rejects.toMatchObject({ code: 'app-limit-reached' });
    await make(otherAppId);
    expect(await views.manager.usageOf(appId)).toEqual({ viewInstances: 3, queuedRuns: 0, runsPerDay: 0 });
    await views.manager.deleteInstance(instance.id, { kind: 'app', id: appId });
    await make(appId);
    await Promise.allSettled(Array.from({ length: 10 }, () => make(otherAppId)));
    expect((await views.manager.listInstances({ appId: otherAppId }, { limit: 100 })).items.length).toBeLessThan(4);
  });

  test('whose deletion is cut short is gone at once and removed by the next pass', async () => {
    const { template, instance } = await views.instance();
    views.documents.failOn = (writes) => writes.some(({ kind }) => kind === 'delete');
    await expect(views.manager.deleteInstance(instance.id, { kind: 'app', id: appId })).rejects.toThrow();
    await expect(views.manager.getInstance(instance.id)).rejects.toMatchObject({ code: 'not-found' });
    views.documents.failOn = undefined;
    await views.clock.advance(10_000);
    await vi.waitFor(() => views.manager.deleteTemplate(template.id, adminId));
  });

  test('goes with its app, and only with its own', async () => {
    const { template } = await views.instance();
    await views.manager.createInstance(appId, template.id, null);
    const { instance: other } = await views.manager.createInstance(otherAppId, template.id, null);
    const { instance: own } = await views.instance();
    await views.run(own.id);
    while (!(await views.manager.deleteInstancesOfApp(appId)));
    expect((await views.manager.listRuns({ appId }, { limit: 10 })).items).toEqual([]);
    expect((await views.manager.listInstances({}, { limit: 10 })).items.map(({ id }) => id)).toEqual([other.id]);
  });
});
