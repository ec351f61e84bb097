import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppClient } from '../support/keep-client.ts';
import {
  type KeepUnderTest,
  keepUnderTest,
  permittedInstance,
  walk,
  walkingApp,
  walkProfile,
} from '../support/keep-in-process.ts';

interface Stored {
  readonly id: string;
  readonly metadata: { readonly source: string; readonly version: number; readonly modifiedBy?: string };
}

const modifyingView = {
  name: 'Modifies one',
  runtime: 'javascript',
  permissions: [{ profile: walkProfile, rights: ['read', 'modify'] as const }],
  files: [
    {
      path: 'main.js',
      content: `module.exports = async ({ clientCustomData: id }, keep) =>
        (await keep.events.modify(id, { activity: 'running', distance: 1 })).metadata.modifiedBy;`,
    },
  ],
};

describe('who last modified an event', () => {
  let under: KeepUnderTest;
  let owner: AppClient;
  let other: AppClient;
  let id: string;

  const modify = (who: { ask: AppClient['ask'] }, api: string): Promise<Stored> =>
    who.ask('PUT', `/${api}/v1/events/${id}`, {
      body: { payload: { activity: 'running', distance: 2 } },
      headers: { 'if-match': '*' },
    });
  const read = (): Promise<Stored> => owner.ask('GET', `/app/v1/events/${id}`);

  beforeAll(async () => {
    under = await keepUnderTest();
    owner = await walkingApp(under.admin);
    other = await under.admin.connectApp('Other');
    await under.admin.grant(other, walkProfile, ['read', 'modify']);
    id = (await owner.sendEvents([walk(1), walk(2)])).events![0]!.id;
  });
  afterAll(() => under.stop());

  it('is absent where nobody did', async () => {
    expect((await read()).metadata).not.toHaveProperty('modifiedBy');
  });

  it('is an app, its own or another, or the admin; the source stays', async () => {
    for (const [who, api, name] of [
      [other, 'app', other.appId],
      [under.admin, 'admin', 'admin'],
      [owner, 'app', owner.appId],
    ] as const) {
      expect((await modify(who, api)).metadata).toMatchObject({ source: owner.appId, modifiedBy: name });
      expect((await read()).metadata.modifiedBy).toBe(name);
    }
  });

  it('is the app of a view instance that did', async () => {
    const instance = await permittedInstance(under.admin, other, modifyingView);
    const run = await other.ask<{ state: string; result: unknown }>('POST', `/app/v1/view-instances/${instance}/runs`, {
      body: { clientCustomData: id },
      headers: { prefer: 'wait=20' },
    });
    expect(run).toMatchObject({ state: 'succeeded', result: other.appId });
    expect((await read()).metadata.modifiedBy).toBe(other.appId);
  });

  it('is told by the change feed, found by queries, and comes back with an import', async () => {
    await modify(under.admin, 'admin');
    const changes = await owner.ask<{ items: { event: Stored }[] }>('GET', '/app/v1/events/changes');
    expect(changes.items.find(({ event }) => event.id === id)?.event.metadata.modifiedBy).toBe('admin');
    const found = await owner.ask<{ items: Stored[] }>('POST', '/app/v1/events/query', {
      body: { profile: walkProfile, filter: { 'metadata.modifiedBy': 'admin' } },
    });
    expect(found.items.map((event) => event.id)).toEqual([id]);
    const exported = await under.admin.ask<string>('POST', '/admin/v1/events/export', { body: {} });
    expect(exported).toContain('"modifiedBy":"admin"');
    const keep = await keepUnderTest();
    try {
      const response = await fetch(`${keep.url}/admin/v1/events/import`, {
        method: 'POST',
        headers: { authorization: `Bearer ${keep.admin.token}`, 'content-type': 'application/x-ndjson' },
        body: exported,
      });
      expect(await response.text()).toContain('"accepted":2');
      expect(await keep.admin.ask<string>('POST', '/admin/v1/events/export', { body: {} })).toBe(exported);
      const wrong = await fetch(`${keep.url}/admin/v1/events/import`, {
        method: 'POST',
        headers: { authorization: `Bearer ${keep.admin.token}`, 'content-type': 'application/x-ndjson' },
        body: exported.replace('"modifiedBy":"admin"', '"modifiedBy":"somebody"'),
      });
      expect(await wrong.text()).toContain('/metadata/modifiedBy');
    } finally {
      await keep.stop();
    }
  });
});
