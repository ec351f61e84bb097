import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { NewViewTemplateVersion, Permission, ViewTemplateVersion } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { templateRecords, versionRecords } from '../records/template-records.ts';
import { succeeded } from '../testing/scripted-execution.ts';
import { Views, adminId, appId, walks } from '../testing/views.ts';

let views: Views;
beforeEach(async () => void (views = await Views.open()));
afterEach(() => views.close());

const corrected: NewViewTemplateVersion = { files: [{ path: 'main.js', content: 'module.exports = () => 2' }] };
const curious: NewViewTemplateVersion = {
  ...corrected,
  permissions: [
    { profile: 'location/visit', rights: ['read'] },
    { profile: 'calendar/event', rights: ['read'] },
  ],
};

const make = (id: string, version: NewViewTemplateVersion = corrected): Promise<ViewTemplateVersion> =>
  views.manager.createTemplateVersion(id, version, adminId);
const numbers = async (id: string): Promise<number[]> =>
  (await views.manager.listTemplateVersions(id, { limit: 100 })).items.map(({ version }) => version);
const asked = async (instanceId: string): Promise<[string, Permission['status']][]> =>
  (await views.permissions.ofInstance(instanceId)).map(({ profile, status }) => [profile, status]);
/** Lets the reconciler pass often enough for what nothing uses to go. */
const sweep = async (): Promise<void> => {
  for (let pass = 0; pass < 9; pass += 1) {
    await views.clock.advance(10_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

/** The reconciler passes until it is so. */
const swept = (isSo: () => unknown): Promise<void> =>
  vi.waitFor(async () => {
    await sweep();
    await isSo();
  });

describe('the next version of a template', () => {
  test('is what the template is from then on, and what new instances take; what is left out stays', async () => {
    const template = await views.manager.createTemplate(
      { ...walks, description: 'Where I went', limits: { wallTimeMs: 2000 } },
      adminId,
    );
    await views.clock.advance(1000);
    const version = await make(template.id, { ...corrected, description: 'Where I went, counted' });
    expect(version).toEqual({
      viewTemplateId: template.id,
      version: 2,
      state: 'newest',
      instances: 0,
      name: 'Walks',
      description: 'Where I went, counted',
      runtime: 'javascript',
      permissions: walks.permissions,
      limits: { wallTimeMs: 2000 },
      sourceCodeId: [...views.execution.sources.keys()][1],
      sourceDigest: 'd'.repeat(64),
      createdAt: '2026-01-01T00:00:01.000Z',
    });
    expect(await views.manager.getTemplate(template.id)).toMatchObject({
      version: 2,
      description: 'Where I went, counted',
      createdAt: template.createdAt,
    });
    expect((await views.manager.createInstance(appId, template.id, null)).instance.templateVersion).toBe(2);
    expect(views.audit.of('view-template.version-created')).toMatchObject([
      { actor: { kind: 'admin', id: adminId }, subject: { id: template.id }, details: { version: 2 } },
    ]);
  });

  test('leaves the former one to be read and compared', async () => {
    const { id } = await views.manager.createTemplate(walks, adminId);
    await views.manager.createInstance(appId, id, null);
    await make(id, curious);
    expect(await views.manager.getTemplateSource(id)).toEqual(corrected.files);
    expect(await views.manager.getTemplateSource(id, 1)).toEqual(walks.files);
    expect(await views.manager.getTemplateVersion(id, 1)).toMatchObject({
      version: 1,
      state: 'in-use',
      instances: 1,
      permissions: walks.permissions,
    });
    await expect(views.manager.getTemplateVersion(id, 3)).rejects.toMatchObject({ code: 'not-found' });
    await expect(views.manager.listTemplateVersions('f'.repeat(24), { limit: 1 })).rejects.toMatchObject({
      code: 'not-found',
    });
    await views.clock.advance(1000);
    const [first, second] = [
      await views.manager.listTemplateVersions(id, { limit: 1 }),
      await views.manager.listTemplateVersions(id, {
        limit: 1,
        after: (await views.manager.listTemplateVersions(id, { limit: 1 })).next,
      }),
    ];
    expect([...first.items, ...second.items].map(({ version }) => version).toSorted()).toEqual([1, 2]);
  });

  test.each<[string, NewViewTemplateVersion, string]>([
    ['source that the execution service refuses', { files: [{ path: 'other.js', content: '' }] }, '/files'],
    [
      'an unknown profile',
      { ...corrected, permissions: [{ profile: 'nowhere', rights: ['read'] }] },
      '/permissions/0/profile',
    ],
    ['another runtime', { ...corrected, runtime: 'python' }, '/runtime'],
    ['a limit beyond the range', { ...corrected, limits: { wallTimeMs: 60_001 } }, '/limits/wallTimeMs'],
  ])('with %s is refused, and nothing changes', async (_what, version, pointer) => {
    const { template, instance } = await views.instance();
    const sources = views.execution.sources.size;
    await expect(make(template.id, version)).rejects.toMatchObject({ code: 'invalid', errors: [{ pointer }] });
    expect(await views.manager.getTemplate(template.id)).toEqual(template);
    expect(await numbers(template.id)).toEqual([1]);
    expect(views.execution.sources.size).toBe(sources);
    expect((await views.manager.getInstance(instance.id)).templateVersion).toBe(1);
  });

  test('of which nothing could be stored leaves no source behind', async () => {
    const { id } = await views.manager.createTemplate(walks, adminId);
    views.documents.failOn = (writes) => writes.some(({ kind }) => kind === 'insert');
    await expect(make(id)).rejects.toThrow('the disk is gone');
    expect(views.execution.sources.size).toBe(1);
    await expect(make('f'.repeat(24))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('gets a number of its own, however many are made at once', async () => {
    const { id } = await views.manager.createTemplate(walks, adminId);
    const elsewhere = views.elsewhere();
    const made = await Promise.all([make(id), elsewhere.createTemplateVersion(id, corrected, adminId), make(id)]);
    expect(made.map(({ version }) => version).toSorted()).toEqual([2, 3, 4]);
    expect((await views.manager.getTemplate(id)).version).toBe(4);
  });
});

describe('an instance', () => {
  test('moves at once to a version that needs no new right, and its runs tell which version they ran', async () => {
    const { template, instance } = await views.instance();
    expect((await views.run(instance.id)).templateVersion).toBe(1);
    const { sourceCodeId } = await make(template.id);
    expect(await views.manager.getInstance(instance.id)).toMatchObject({ templateVersion: 2 });
    expect(await views.run(instance.id)).toMatchObject({ state: 'succeeded', templateVersion: 2 });
    expect(views.execution.requests.at(-1)?.sourceCodeId).toBe(sourceCodeId);
    expect(views.audit.of('view-instance.moved')).toMatchObject([
      { actor: { kind: 'admin' }, subject: { id: instance.id }, details: { from: 1, to: 2 } },
    ]);
    expect(await asked(instance.id)).toEqual([['location/visit', 'approved']]);
  });

  test('that was asked nothing yet moves to a version that needs less', async () => {
    const template = await views.manager.createTemplate({ ...walks, ...curious, files: walks.files }, adminId);
    const { instance } = await views.manager.createInstance(appId, template.id, null);
    await make(template.id, { ...corrected, permissions: walks.permissions });
    expect((await views.manager.getInstance(instance.id)).templateVersion).toBe(2);
  });

  test('requests a new right in its name, runs its version meanwhile, and moves after the approval', async () => {
    const { template, instance } = await views.instance();
    await make(template.id, curious);
    expect(await views.manager.getInstance(instance.id)).toMatchObject({ templateVersion: 1, nextTemplateVersion: 2 });
    expect(await asked(instance.id)).toEqual([
      ['location/visit', 'approved'],
      ['calendar/event', 'pending'],
    ]);
    expect((await views.run(instance.id)).templateVersion).toBe(1);

    views.permissions.grant(instance.id, 'calendar/event');
    expect(await views.run(instance.id)).toMatchObject({ state: 'succeeded', templateVersion: 2 });
    expect((await views.manager.getInstance(instance.id)).nextTemplateVersion).toBeUndefined();
    expect(views.audit.of('view-instance.moved')).toMatchObject([{ actor: { kind: 'keep' }, details: { to: 2 } }]);
    expect((await views.run(instance.id)).templateVersion).toBe(2);
  });

  test('stays on its version when the new right is denied, and moves to a later one that does without it', async () => {
    const { template, instance } = await views.instance();
    await make(template.id, curious);
    views.permissions.deny(instance.id, 'calendar/event');
    expect(await views.run(instance.id)).toMatchObject({ state: 'succeeded', templateVersion: 1 });
    await make(template.id, curious);
    expect(await asked(instance.id)).toEqual([
      ['location/visit', 'approved'],
      ['calendar/event', 'denied'],
    ]);
    expect(await views.run(instance.id)).toMatchObject({ templateVersion: 1 });
    expect(await views.manager.getInstance(instance.id)).toMatchObject({ nextTemplateVersion: 3 });
    await make(template.id, { ...corrected, permissions: walks.permissions });
    expect(await views.run(instance.id)).toMatchObject({ templateVersion: 4 });
  });

  test('that was run here and moved elsewhere runs the version that it is on', async () => {
    const { template, instance } = await views.instance();
    await views.run(instance.id);
    await views.elsewhere().createTemplateVersion(template.id, corrected, adminId);
    expect(await views.run(instance.id)).toMatchObject({ state: 'succeeded', templateVersion: 2 });
    expect((await views.manager.listRuns({}, { limit: 10 })).items).toHaveLength(2);
  });

  test('is moved by the next pass where a crash came between the version and the move, and asked once', async () => {
    const { template, instance } = await views.instance();
    const { instance: other } = await views.manager.createInstance(appId, template.id, null);
    views.permissions.grant(other.id, 'location/visit');
    views.permissions.down = true;
    await make(template.id, curious);
    expect((await views.manager.getTemplate(template.id)).version).toBe(2);
    views.permissions.down = false;
    await views.manager.close();
    await views.crash();
    await views.manager.start();
    for (const { id } of [instance, other]) {
      expect(await asked(id)).toEqual([
        ['location/visit', 'approved'],
        ['calendar/event', 'pending'],
      ]);
      expect(await views.manager.getInstance(id)).toMatchObject({ templateVersion: 1, nextTemplateVersion: 2 });
    }
    views.permissions.grant(instance.id, 'calendar/event');
    expect(await views.run(instance.id)).toMatchObject({ templateVersion: 2 });
    expect(await views.run(other.id)).toMatchObject({ templateVersion: 1 });
  });

  test('to which a version cannot be offered yet does not hold up the others', async () => {
    const { template, instance } = await views.instance();
    await views.clock.advance(1);
    const { instance: next } = await views.manager.createInstance(appId, template.id, null);
    const request = views.permissions.requestForInstance.bind(views.permissions);
    views.permissions.requestForInstance = (app, id, ...rest) =>
      id === instance.id ? Promise.reject(new DatakeepError('not-found')) : request(app, id, ...rest);
    await make(template.id, curious);
    expect(await asked(next.id)).toContainEqual(['calendar/event', 'pending']);
    expect(await asked(instance.id)).toHaveLength(1);
    Reflect.deleteProperty(views.permissions, 'requestForInstance');
    await views.clock.advance(10_000);
    await vi.waitFor(async () => expect(await asked(instance.id)).toContainEqual(['calendar/event', 'pending']));
  });

  test('runs the next version in every run that is started after the approval, however many are at once', async () => {
    const { template, instance } = await views.instance();
    await make(template.id, curious);
    views.permissions.grant(instance.id, 'calendar/event');
    const runs = await Promise.all([1, 2, 3].map(() => views.run(instance.id)));
    expect(runs.map(({ templateVersion }) => templateVersion)).toEqual([2, 2, 2]);
  });

  test('to which a former version was offered meanwhile is offered the newest by the next pass', async () => {
    const { template, instance } = await views.instance();
    const offers: (() => void)[] = [];
    const ofInstance = views.permissions.ofInstance.bind(views.permissions);
    views.permissions.ofInstance = async (id) => {
      const held = await ofInstance(id);
      if (offers.length < 2) await new Promise<void>((resolve) => offers.push(resolve));
      return held;
    };
    const second = make(template.id, curious);
    await vi.waitFor(() => expect(offers).toHaveLength(1));
    const third = make(template.id, {
      ...corrected,
      permissions: [...walks.permissions, { profile: 'calendar/event', rights: ['read', 'create'] }],
    });
    await vi.waitFor(() => expect(offers).toHaveLength(2));
    offers[0]!();
    await second;
    offers[1]!();
    await third;
    await views.clock.advance(10_000);
    await vi.waitFor(async () => {
      expect(await views.manager.getInstance(instance.id)).toMatchObject({ nextTemplateVersion: 3 });
      expect((await views.permissions.ofInstance(instance.id)).map(({ requested }) => requested)).toEqual([
        ['read'],
        ['read'],
        ['create'],
      ]);
    });
  });

  test('that is made while a version is made comes to be on the newest', async () => {
    const { id } = await views.manager.createTemplate(walks, adminId);
    const [made] = await Promise.all([
      Promise.all(Array.from({ length: 10 }, () => views.manager.createInstance(appId, id, null))),
      make(id),
      make(id),
    ]);
    await views.clock.advance(10_000);
    await vi.waitFor(async () => {
      for (const { instance } of made) expect((await views.manager.getInstance(instance.id)).templateVersion).toBe(3);
    });
  });
});

describe('a former version', () => {
  test('goes with its source when nothing was on it for a minute; the newest stays', async () => {
    const { template, instance } = await views.instance();
    await make(template.id);
    await make(template.id);
    expect(await numbers(template.id)).toHaveLength(3);
    await swept(async () => {
      expect(await numbers(template.id)).toEqual([3]);
      expect(views.execution.sources.size).toBe(1);
    });
    expect((await views.run(instance.id)).templateVersion).toBe(3);
    await sweep();
    expect(await numbers(template.id)).toEqual([3]);
  });

  test('stays for an instance that waits for a right, and for a run that waits', async () => {
    const { template, instance } = await views.instance();
    views.queue.held = true;
    const { id } = await views.manager.startRun(appId, instance.id, null);
    await make(template.id);
    expect((await views.manager.getInstance(instance.id)).templateVersion).toBe(2);
    await make(template.id, curious);
    await sweep();
    expect((await numbers(template.id)).toSorted()).toEqual([1, 2, 3]);

    views.execution.code = async ({ sourceCodeId }) => succeeded(views.execution.sources.get(sourceCodeId));
    views.queue.release();
    expect(await views.manager.waitForRun(id, 30_000)).toMatchObject({ templateVersion: 1, result: walks.files });
    await swept(async () => expect((await numbers(template.id)).toSorted()).toEqual([2, 3]));
  });

  test('goes with its template', async () => {
    const { template, instance } = await views.instance();
    await make(template.id, curious);
    await expect(views.manager.deleteTemplate(template.id, adminId)).rejects.toMatchObject({
      code: 'view-template-in-use',
    });
    await views.manager.deleteInstance(instance.id, { kind: 'admin', id: adminId });
    await views.manager.deleteTemplate(template.id, adminId);
    expect(views.execution.sources.size).toBe(0);
    await expect(views.manager.getTemplateVersion(template.id, 1)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('whose source cannot be deleted yet is deleted later', async () => {
    const { id } = await views.manager.createTemplate(walks, adminId);
    views.execution.down = true;
    await views.manager.deleteTemplate(id, adminId);
    expect(views.execution.sources.size).toBe(1);
    await expect(views.manager.getTemplateVersion(id, 1)).rejects.toMatchObject({ code: 'not-found' });
    await expect(views.manager.getTemplateSource(id, 1)).rejects.toMatchObject({ code: 'not-found' });
    views.execution.down = false;
    await swept(() => expect(views.execution.sources.size).toBe(0));
  });
});

test('a template from before there were versions has a first one from the next start on', async () => {
  const { template, instance } = await views.instance();
  const templates = views.documents.collection(templateRecords);
  const versions = views.documents.collection(versionRecords);
  const [first] = await versions.find({ limit: 1000 });
  await views.documents.commit([templates.update(template.id, { unset: ['version'] }), versions.delete(first!.id)]);
  await views.manager.close();
  await views.crash();
  await views.manager.start();
  expect(await views.manager.getTemplateVersion(template.id, 1)).toMatchObject({ state: 'newest', name: 'Walks' });
  expect((await views.run(instance.id)).templateVersion).toBe(1);
  await make(template.id);
  expect((await views.run(instance.id)).templateVersion).toBe(2);
});
