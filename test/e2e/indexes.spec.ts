import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeepUnderTest, keepUnderTest, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import type { AppClient } from '../support/keep-client.ts';

interface Entry {
  readonly action: string;
  readonly details?: object;
}

describe("the admin's routes to the indexes", () => {
  let under: KeepUnderTest;
  let app: AppClient;

  beforeAll(async () => {
    under = await keepUnderTest();
    app = await walkingApp(under.admin);
    await app.sendEvents([{ metadata: { profile: walkProfile }, payload: { activity: 'walking', distance: 1200 } }]);
  });
  afterAll(() => under.stop());

  it('list what there is, and say what the storage may do', async () => {
    expect(await under.admin.ask('GET', '/admin/v1/indexes')).toMatchObject({
      items: [{ name: 'events_by_created', state: 'declared', kept: true }],
      nextCursor: null,
      engine: 'sqlite',
      policy: { mode: 'auto', spaceBudget: 0.5, window: null },
      effectiveMode: 'auto',
      note: null,
    });
  });

  it('change the policy by what the body names alone, and write it down', async () => {
    const asked = { mode: 'suggest', window: { fromHour: 2, toHour: 5 } };
    const changed = {
      mode: 'suggest',
      spaceBudget: 0.5,
      window: { fromHour: 2, toHour: 5 },
      effectiveMode: 'suggest',
      note: null,
    };
    expect(await under.admin.ask('PUT', '/admin/v1/index-policy', { body: asked })).toEqual(changed);
    expect(await under.admin.ask('GET', '/admin/v1/index-policy')).toEqual(changed);
    const { items } = await under.admin.ask<{ items: Entry[] }>('GET', '/admin/v1/audit?action=index-policy.changed');
    expect(items).toMatchObject([{ details: { mode: 'suggest', spaceBudget: 0.5, fromHour: 2, toHour: 5 } }]);
  });

  it('refuse a policy with wrong members, each at its place', async () => {
    const refused = await under.admin.send('PUT', '/admin/v1/index-policy', {
      body: { mode: 'always', spaceBudget: 6, window: { fromHour: 24 }, x: 1 },
    });
    expect([refused.status, refused.body]).toMatchObject([
      422,
      {
        code: 'invalid',
        errors: [{ pointer: '/x' }, { pointer: '/mode' }, { pointer: '/spaceBudget' }, { pointer: '/window' }],
      },
    ]);
  });

  it('do not know an index that was never thought of, nor take acts on a declared one', async () => {
    for (const id of ['0123456789abcdef01234567', 'events_by_created'])
      for (const act of ['approve', 'reject', 'drop', 'keep', 'rebuild'])
        expect((await under.admin.send('POST', `/admin/v1/indexes/${id}/${act}`)).status).toBe(404);
  });

  it('explain a query where it is asked for, and to nobody but the admin', async () => {
    const body = { profile: walkProfile, filter: { 'payload.activity': 'walking' } };
    const { explain } = await under.admin.ask<{ explain: { plan: string[] } }>(
      'POST',
      '/admin/v1/events/query?explain=true',
      { body },
    );
    expect(explain).toMatchObject({
      index: 'events_by_created',
      rowsReturned: 1,
      shape: 'equal: payload.activity; sort: metadata.createdDate descending',
    });
    expect(explain.plan.join()).not.toContain('walking');
    expect(await under.admin.ask('POST', '/admin/v1/events/query', { body })).not.toHaveProperty('explain');
    expect((await app.send('POST', '/app/v1/events/query?explain=true', { body })).status).toBe(422);
  });

  it('count indexes in the metrics by their state', async () => {
    const text = await under.admin.ask<string>('GET', '/metrics');
    expect(text).toContain('datakeep_indexes{state="active"} 0');
    expect(text).toContain('datakeep_indexes_bytes 0');
  });
});
