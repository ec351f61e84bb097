import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppClient, Page, Permission, Run } from '../support/keep-client.ts';
import { walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

interface Version {
  readonly version: number;
  readonly state: string;
  readonly instances: number;
  readonly files: readonly { readonly content: string }[];
}
type VersionedRun = Run & { readonly templateVersion?: number };

const source = (body: string) => [
  { path: 'main.js', content: `module.exports = async (parameters, keep) => { ${body} };` },
];
const count = `(await keep.events.query({ profile: '${walkProfile}' })).items.length`;
const wrong = {
  name: 'Walks counted',
  runtime: 'javascript',
  permissions: [{ profile: walkProfile, rights: ['read'] as const }],
  files: source(`return ${count} + 1;`),
};
const shapes = await keepShapes('correcting a view template');

describe.for(shapes.filter(({ available }) => available))('correcting a view template: $name', ({ start }) => {
  let under: KeepInShape;
  let app: AppClient;
  let template: string;
  let instance: string;
  const versions = (): string => `/admin/v1/view-templates/${template}/versions`;
  const run = (): Promise<VersionedRun> => app.run(instance);

  beforeAll(async () => {
    under = await start();
    app = await walkingApp(under.admin);
    await app.sendEvents([walk(1), walk(2)]);
    template = (await under.admin.makeViewTemplate(wrong)).id;
    const made = await app.makeViewInstance(template, null);
    instance = made.id;
    for (const { id } of made.permissions) await under.admin.approve(id);
  });
  afterAll(() => under?.stop());

  it('has its instances run what was corrected, at once where it needs no new right', async () => {
    expect(await run()).toMatchObject({ state: 'succeeded', result: 3, templateVersion: 1 });
    const made = await under.admin.send<Version>('POST', versions(), { body: { files: source(`return ${count};`) } });
    expect(made).toMatchObject({ status: 201, body: { version: 2, state: 'newest', instances: 1, name: wrong.name } });
    const corrected = await run();
    expect(corrected).toMatchObject({ state: 'succeeded', result: 2, templateVersion: 2 });
    expect(await under.admin.ask('GET', `/admin/v1/runs/${corrected.id}`)).toMatchObject({ templateVersion: 2 });
    expect(await under.admin.ask('GET', `/admin/v1/view-templates/${template}`)).toMatchObject({ version: 2 });
    expect(await app.ask('GET', `/app/v1/view-instances/${instance}`)).toMatchObject({ templateVersion: 2 });
  });

  it('lists the versions, and lets each be read with its source', async () => {
    const { items } = await under.admin.ask<Page<Version>>('GET', versions());
    expect(items.map(({ version }) => version)).toEqual([2, 1]);
    const contents = await Promise.all(
      [1, 2].map(async (n) => (await under.admin.ask<Version>('GET', `${versions()}/${n}`)).files[0]?.content),
    );
    expect(contents).toEqual([wrong.files[0]?.content, source(`return ${count};`)[0]?.content]);
    for (const path of ['/9', '/0', '/x'])
      expect((await under.admin.send('GET', versions() + path)).status, path).toBe(404);
  });

  it('refuses what does not compile, and changes nothing', async () => {
    const refused = await under.admin.send('POST', versions(), { body: { files: source('return (;') } });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/files/0/content' }] } });
    expect((await under.admin.ask<Page<Version>>('GET', versions())).items.map(({ version }) => version)).toEqual([
      2, 1,
    ]);
    expect(await run()).toMatchObject({ result: 2, templateVersion: 2 });
  });

  it('asks for a new right in the name of the instance, which stays until it is approved', async () => {
    const permissions = [{ profile: walkProfile, rights: ['read', 'create'] }];
    const made = await under.admin.send<Version>('POST', versions(), {
      body: { permissions, files: source(`return 'version 3: ' + ${count};`) },
    });
    expect(made).toMatchObject({ status: 201, body: { version: 3, instances: 0 } });
    expect(await run()).toMatchObject({ state: 'succeeded', result: 2, templateVersion: 2 });
    const waiting = await app.ask<{ permissions: readonly Permission[] }>('GET', `/app/v1/view-instances/${instance}`);
    expect(waiting).toMatchObject({ templateVersion: 2, nextTemplateVersion: 3 });
    const pending = waiting.permissions.filter(({ status }) => status === 'pending');
    expect(pending).toMatchObject([{ viewInstanceId: instance, profile: walkProfile, requested: ['create'] }]);

    await under.admin.deny(pending[0]!.id, 'Not yet.');
    expect(await run()).toMatchObject({ result: 2, templateVersion: 2 });

    await under.admin.approve(pending[0]!.id);
    expect(await run()).toMatchObject({ state: 'succeeded', result: 'version 3: 2', templateVersion: 3 });
    const { items } = await under.admin.ask<Page<object>>('GET', '/admin/v1/audit?action=view-instance.moved');
    expect(items).toMatchObject([{ details: { from: 2, to: 3 } }, { details: { from: 1, to: 2 } }]);
  });
});
