import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultAppLimits } from '@datakeep/kernel';
import type { AppClient } from '../support/keep-client.ts';
import { walk, walkingApp } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

const limits = { appLimits: { ...defaultAppLimits, events: 5, eventBytes: 1000 } };
/** `{"activity":"walking","distance":1}` */
const walkBytes = 35;
const shapes = await keepShapes('what one app may store');

describe.for(shapes.filter(({ available }) => available))('what one app may store: $name', ({ start }) => {
  let under: KeepInShape;
  let greedy: AppClient;

  beforeAll(async () => {
    under = await start(limits);
    greedy = await walkingApp(under.admin, 'Greedy');
  });
  afterAll(() => under?.stop());

  const used = async (): Promise<unknown> => {
    const { events, eventBytes } = await under.admin.ask<Record<string, object>>(
      'GET',
      `/admin/v1/apps/${greedy.appId}/limits`,
    );
    return { events, eventBytes };
  };
  const send = (count: number): ReturnType<AppClient['send']> =>
    greedy.send('POST', '/app/v1/events', { body: { events: Array.from({ length: count }, () => walk(1)) } });
  const own = (body: object): ReturnType<AppClient['send']> =>
    under.admin.send('PUT', `/admin/v1/apps/${greedy.appId}/limits`, { body });

  it('is as many events as its limit says: a list beyond is refused whole, and says which limit', async () => {
    expect((await send(4)).status).toBe(201);
    expect(await send(2)).toMatchObject({
      status: 507,
      body: { code: 'app-limit-reached', detail: expect.stringContaining('`events` is 5 stored events') },
    });
    expect((await send(1)).status).toBe(201);
    expect(await used()).toEqual({
      events: { used: 5, limit: 5 },
      eventBytes: { used: 5 * walkBytes, limit: 1000 },
    });
    expect(await greedy.ask('GET', '/app/v1/me')).toMatchObject({ limits: { events: { used: 5, limit: 5 } } });
    const lines = await greedy.send('POST', '/app/v1/events', {
      body: `${JSON.stringify(walk(1))}\n`,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    expect(lines).toMatchObject({ status: 507, body: { code: 'app-limit-reached' } });
  });

  it('has room at once for what is deleted, and for another app', async () => {
    const { items } = await greedy.ask<{ items: { id: string }[] }>('GET', '/app/v1/events?profile=walks.example/walk');
    await greedy.ask('DELETE', `/app/v1/events/${items[0]!.id}`, { headers: { 'if-match': '*' } });
    expect((await send(1)).status).toBe(201);
    expect((await send(1)).status).toBe(507);
    const modest = await walkingApp(under.admin, 'Modest');
    expect(await modest.send('POST', '/app/v1/events', { body: { events: [walk(2)] } })).toMatchObject({ status: 201 });
  });

  it("is the admin's own number for the app where there is one, and the configured one without", async () => {
    expect(await own({ events: 7, eventBytes: 6 * walkBytes })).toMatchObject({
      status: 200,
      body: { limits: { events: 7, eventBytes: 6 * walkBytes } },
    });
    expect((await send(1)).status).toBe(201);
    expect(await send(1)).toMatchObject({ status: 507, body: { detail: expect.stringContaining('`eventBytes`') } });
    expect((await own({ events: 0 })).status).toBe(422);
    expect((await own({})).body).not.toHaveProperty('limits');
    expect(await used()).toMatchObject({ events: { used: 6, limit: 5 } });
    expect((await send(1)).status).toBe(507);
    const { items } = await under.admin.ask<{ items: object[] }>('GET', '/admin/v1/audit?action=app.limits-changed');
    expect(items).toHaveLength(2);
  });

  it('grows by a modification as well, and shrinks by one whatever it has', async () => {
    await own({ events: 100, eventBytes: 8 * walkBytes });
    const { items } = await greedy.ask<{ items: { id: string }[] }>('GET', '/app/v1/events?profile=walks.example/walk');
    const modify = (note: string): ReturnType<AppClient['send']> =>
      greedy.send('PUT', `/app/v1/events/${items[0]!.id}`, {
        body: { payload: { activity: 'walking', distance: 1, note } },
        headers: { 'if-match': '*' },
      });
    expect(await modify('x'.repeat(1000))).toMatchObject({ status: 507, body: { code: 'app-limit-reached' } });
    expect((await modify('x')).status).toBe(200);
    await own({ events: 1, eventBytes: 1 });
    expect((await modify('')).status).toBe(200);
  });

  it('is not asked of what is stored already: the same again is a duplicate, however full the app is', async () => {
    const forgetful = await walkingApp(under.admin, 'Forgetful');
    await under.admin.ask('PUT', `/admin/v1/apps/${forgetful.appId}/limits`, { body: { events: 3 } });
    const pair = [walk(1, { identifier: 'one' }), walk(2, { identifier: 'two' })];
    const third = walk(3, { identifier: 'three' });
    expect(await forgetful.sendEvents(pair)).toMatchObject({ accepted: 2 });
    expect(await forgetful.sendEvents([...pair, third, third])).toMatchObject({ accepted: 1, duplicates: 3 });
    expect(await forgetful.sendEvents([...pair, third])).toMatchObject({ accepted: 0, duplicates: 3 });
    const lines = await forgetful.send('POST', '/app/v1/events', {
      body: pair.map((event) => `${JSON.stringify(event)}\n`).join(''),
      headers: { 'content-type': 'application/x-ndjson' },
    });
    expect(lines.body).toContain('{"summary":{"lines":2,"accepted":0,"duplicates":2}}');
    await expect(forgetful.sendEvents([...pair, walk(4)])).rejects.toMatchObject({ status: 507 });
    await expect(forgetful.sendEvents([walk(5, { identifier: 'one' })])).rejects.toMatchObject({ status: 409 });
  });
});
