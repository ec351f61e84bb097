import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewViewTemplate } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { Views, adminId, appId, walks } from '../testing/views.ts';

let views: Views;
beforeEach(async () => void (views = await Views.open()));
afterEach(() => views.close());

async function refusal(template: Partial<NewViewTemplate>): Promise<readonly { pointer: string; code: string }[]> {
  const error = await views.manager.createTemplate({ ...walks, ...template }, adminId).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DatakeepError);
  return (error as DatakeepError).errors.map(({ pointer, code }) => ({ pointer, code }));
}

describe('registering a view template', () => {
  test('gives the source to the execution service and keeps only its id and digest', async () => {
    const template = await views.manager.createTemplate(
      { ...walks, description: 'Where I went', limits: { wallTimeMs: 2000 } },
      adminId,
    );
    expect(template).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      name: 'Walks',
      description: 'Where I went',
      runtime: 'javascript',
      permissions: [{ profile: 'location/visit', rights: ['read'] }],
      limits: { wallTimeMs: 2000 },
      sourceCodeId: [...views.execution.sources.keys()][0],
      sourceDigest: 'd'.repeat(64),
      createdAt: '2026-01-01T00:00:00.000Z',
      version: 1,
    });
    expect(JSON.stringify(views.documents.committed)).not.toContain('module.exports');
    expect(await views.manager.getTemplate(template.id)).toEqual(template);
    expect(await views.manager.getTemplateSource(template.id)).toEqual(walks.files);
    expect(views.audit.of('view-template.created')).toMatchObject([
      { actor: { kind: 'admin', id: adminId }, subject: { id: template.id } },
    ]);
  });

  test('names every wrong place at once and uploads nothing', async () => {
    const places = await refusal({
      name: '',
      description: 'x'.repeat(2001),
      runtime: 'cobol',
      permissions: [
        { profile: 'nowhere', rights: ['read'] },
        { profile: 'location/visit', rights: [] },
        { profile: 'location/visit', rights: ['own' as 'read'] },
      ],
      limits: { wallTimeMs: 60_001, memoryMiB: 1025, resultBytes: 8_388_609 },
    });
    expect(places).toEqual([
      { pointer: '/name', code: 'range' },
      { pointer: '/description', code: 'range' },
      { pointer: '/permissions/1/rights', code: 'range' },
      { pointer: '/permissions/2/rights/0', code: 'enum' },
      { pointer: '/limits/wallTimeMs', code: 'range' },
      { pointer: '/limits/memoryMiB', code: 'range' },
      { pointer: '/limits/resultBytes', code: 'range' },
      { pointer: '/runtime', code: 'unknown-runtime' },
      { pointer: '/permissions/0/profile', code: 'unknown-profile' },
    ]);
    expect(views.execution.sources.size).toBe(0);
  });

  test('counts a name in characters, takes 200 of them and refuses half a surrogate pair', async () => {
    await views.manager.createTemplate({ ...walks, name: '🌲'.repeat(200) }, adminId);
    expect(await refusal({ name: '🌲'.repeat(201) })).toEqual([{ pointer: '/name', code: 'range' }]);
    expect(await refusal({ name: 'a\ud800' })).toEqual([{ pointer: '/name', code: 'lone-surrogate' }]);
  });

  test('refuses limits that are no whole number, below the least or unknown', async () => {
    expect(
      await refusal({ limits: { wallTimeMs: 99, memoryMiB: 96.5, cores: 4 } as NewViewTemplate['limits'] & object }),
    ).toEqual([
      { pointer: '/limits/wallTimeMs', code: 'range' },
      { pointer: '/limits/memoryMiB', code: 'range' },
      { pointer: '/limits/cores', code: 'unknown-member' },
    ]);
  });

  test('refuses more than 20 needed permissions', async () => {
    expect(await refusal({ permissions: Array.from({ length: 21 }, () => walks.permissions[0]!) })).toEqual([
      { pointer: '/permissions', code: 'range' },
    ]);
  });

  test('merges what is needed of one profile', async () => {
    const template = await views.manager.createTemplate(
      {
        ...walks,
        permissions: [
          { profile: 'location/visit', rights: ['delete'] },
          { profile: 'calendar/event', rights: ['read'] },
          { profile: 'location/visit', rights: ['read', 'delete'] },
        ],
      },
      adminId,
    );
    expect(template.permissions).toEqual([
      { profile: 'location/visit', rights: ['read', 'delete'] },
      { profile: 'calendar/event', rights: ['read'] },
    ]);
  });

  test("passes the execution service's refusal on and stores nothing", async () => {
    expect(await refusal({ files: [{ path: 'other.js', content: '' }] })).toEqual([
      { pointer: '/files', code: 'source' },
    ]);
    views.execution.down = true;
    await expect(views.manager.createTemplate(walks, adminId)).rejects.toMatchObject({
      code: 'execution-service-unreachable',
    });
    expect((await views.manager.listTemplates({ limit: 10 })).items).toEqual([]);
  });

  test('deletes the source again when the record cannot be stored', async () => {
    views.documents.failOn = () => true;
    await expect(views.manager.createTemplate(walks, adminId)).rejects.toThrow('the disk is gone');
    expect(views.execution.sources.size).toBe(0);
  });
});

describe('deleting a view template', () => {
  test('removes the record, then its source', async () => {
    const { id } = await views.manager.createTemplate(walks, adminId);
    await views.manager.deleteTemplate(id, adminId);
    await expect(views.manager.getTemplate(id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(views.manager.deleteTemplate(id, adminId)).rejects.toMatchObject({ code: 'not-found' });
    expect(views.execution.sources.size).toBe(0);
  });

  test('succeeds when the source cannot be removed: what nobody names is only garbage', async () => {
    const { id } = await views.manager.createTemplate(walks, adminId);
    views.execution.down = true;
    await views.manager.deleteTemplate(id, adminId);
    await expect(views.manager.getTemplate(id)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is refused while an instance exists, and allowed once it is gone', async () => {
    const { template, instance } = await views.instance();
    await expect(views.manager.deleteTemplate(template.id, adminId)).rejects.toMatchObject({
      code: 'view-template-in-use',
    });
    expect(views.execution.sources.size).toBe(1);
    await views.manager.deleteInstance(instance.id, { kind: 'app', id: appId });
    await views.manager.deleteTemplate(template.id, adminId);
  });

  test('and making an instance at the same moment: one of them is refused', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { id } = await views.manager.createTemplate(walks, adminId);
      const [deleted, made] = await Promise.allSettled([
        views.manager.deleteTemplate(id, adminId),
        views.manager.createInstance(appId, id, null),
      ]);
      expect([deleted.status, made.status].toSorted()).toEqual(['fulfilled', 'rejected']);
      const { items } = await views.manager.listInstances({ viewTemplateId: id }, { limit: 1 });
      expect(items.length).toBe(made.status === 'fulfilled' ? 1 : 0);
    }
  });
});

test('an id that is no id is simply not found', async () => {
  for (const id of ['', 'x', '\ud800', 'A'.repeat(24), 'a'.repeat(500)]) {
    await expect(views.manager.getTemplate(id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(views.manager.getInstance(id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(views.manager.getRun(id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(views.manager.createInstance(appId, id, null)).rejects.toMatchObject({
      errors: [{ pointer: '/viewTemplateId', code: 'unknown-view-template' }],
    });
  }
});
