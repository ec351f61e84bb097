import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, defaultAppLimits } from '@datakeep/kernel';
import type { Answer, AppClient, Page, Run } from '../support/keep-client.ts';
import { permittedInstance, walk, walkingApp } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

const view = (name: string, source: string) => ({
  name,
  runtime: 'javascript',
  permissions: [],
  files: [{ path: 'main.js', content: source }],
});
const slow = view('Slow', "module.exports = () => new Promise((resolve) => setTimeout(() => resolve('slow'), 3000));");
const trivial = view('Trivial', "module.exports = () => 'secret-canary';");
const limits: Partial<Config> = {
  viewProcesses: 1,
  appLimits: { ...defaultAppLimits, queuedRuns: 10, viewInstances: 2 },
};
const shapes = await keepShapes('what one app may have of views');

describe.for(shapes.filter(({ available }) => available))('what one app may have of views: $name', ({ start }) => {
  let under: KeepInShape;
  let greedy: AppClient;
  let modest: AppClient;

  beforeAll(async () => {
    under = await start(limits);
    greedy = await walkingApp(under.admin, 'Greedy');
    modest = await under.admin.connectApp('Modest');
  });
  afterAll(() => under?.stop());

  it('bounds its runs that wait, says so, and lets another app take its turn before they are through', async () => {
    const many = await permittedInstance(under.admin, greedy, slow);
    const one = await permittedInstance(under.admin, modest, trivial);
    // Processes for both views are there from now on.
    await modest.run(one);
    const asked: Answer<Run>[] = [];
    for (let run = 0; run < 14; run += 1)
      asked.push(await greedy.send('POST', `/app/v1/view-instances/${many}/runs`, { body: {} }));
    const refused = asked.filter(({ status }) => status === 429);
    expect(asked.filter(({ status }) => status === 202).length).toBe(14 - refused.length);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.body).toMatchObject({
      code: 'run-queue-full',
      detail: expect.stringContaining('its own limit'),
    });
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(await greedy.ask('GET', '/app/v1/me')).toMatchObject({
      limits: { queuedRuns: { limit: 10 }, viewInstances: { used: 1, limit: 2 } },
    });
    expect(await under.admin.ask('GET', `/admin/v1/apps/${greedy.appId}/limits`)).toMatchObject({
      queuedRuns: { limit: 10 },
      viewInstances: { used: 1, limit: 2 },
      tokens: { used: 1 },
    });
    expect((await under.admin.send('GET', `/admin/v1/apps/${'0'.repeat(24)}/limits`)).status).toBe(404);

    expect(await modest.run(one)).toMatchObject({ state: 'succeeded' });
    const waiting = await greedy.ask<Page<Run>>('GET', '/app/v1/runs?state=queued');
    expect(waiting.items.length).toBeGreaterThan(2);
    for (const { id } of waiting.items) await greedy.ask('POST', `/app/v1/runs/${id}/cancel`);
  });

  it('bounds its view instances, which the admin reads and deletes, with what their runs came to', async () => {
    const template = await under.admin.makeViewTemplate({ ...trivial, name: 'Forgotten' });
    const { id } = await greedy.makeViewInstance(template.id, null);
    const tooMany = await greedy.send('POST', '/app/v1/view-instances', { body: { viewTemplateId: template.id } });
    expect(tooMany).toMatchObject({ status: 507, body: { code: 'app-limit-reached' } });
    const run = await greedy.run(id);
    expect(run).toMatchObject({ state: 'succeeded', result: 'secret-canary' });
    expect((await under.admin.send('DELETE', `/admin/v1/view-templates/${template.id}`)).status).toBe(409);

    expect(await under.admin.ask('GET', `/admin/v1/view-instances/${id}`)).toMatchObject({ id, appId: greedy.appId });
    expect((await under.admin.send('DELETE', `/admin/v1/view-instances/${id}`)).status).toBe(204);
    expect((await under.admin.send('DELETE', `/admin/v1/view-instances/${id}`)).status).toBe(404);
    expect((await greedy.send('GET', `/app/v1/view-instances/${id}`)).status).toBe(404);
    expect((await greedy.send('GET', `/app/v1/runs/${run.id}`)).status).toBe(404);
    expect((await under.admin.send('GET', `/admin/v1/runs/${run.id}`)).status).toBe(404);
    expect((await under.admin.send('DELETE', `/admin/v1/view-templates/${template.id}`)).status).toBe(204);
    const { items } = await under.admin.ask<Page<{ action: string; actor: object; subject: { id: string } }>>(
      'GET',
      '/admin/v1/audit?action=view-instance.deleted',
    );
    expect(items).toMatchObject([{ actor: { kind: 'admin' }, subject: { id } }]);
  });

  it('bounds what it runs in a day and reads in a minute, and says when there will be more', async () => {
    const daily = await walkingApp(under.admin, 'Daily');
    await under.admin.ask('PUT', `/admin/v1/apps/${daily.appId}/limits`, {
      body: { runsPerDay: 1, rowsPerMinute: 2 },
    });
    const instance = await permittedInstance(under.admin, daily, { ...trivial, name: 'Daily' });
    await daily.run(instance);
    const run = await daily.send('POST', `/app/v1/view-instances/${instance}/runs`, { body: {} });
    expect(run).toMatchObject({
      status: 429,
      body: { code: 'rate-limited', detail: expect.stringContaining('`runsPerDay` is 1') },
    });
    expect(Number(run.headers.get('retry-after'))).toBeGreaterThan(0);
    await daily.ask('POST', '/app/v1/events', { body: { events: [walk(1), walk(2), walk(3)] } });
    const read = (): ReturnType<AppClient['send']> => daily.send('GET', '/app/v1/events?profile=walks.example/walk');
    expect((await read()).status).toBe(200);
    const refused = await read();
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'rate-limited', detail: expect.stringContaining('`rowsPerMinute` is 2') },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
    expect(await daily.ask('GET', '/app/v1/me')).toMatchObject({
      limits: { runsPerDay: { used: 1, limit: 1 }, rowsPerMinute: { used: 3, limit: 2 } },
    });
  });

  it("keeps nothing of an app's runs when the app is deleted", async () => {
    const leaving = await under.admin.connectApp('Leaving');
    const instance = await permittedInstance(under.admin, leaving, { ...trivial, name: 'Left' });
    const run = await leaving.run(instance);
    await under.admin.deleteApp(leaving.appId);
    expect((await under.admin.send('GET', `/admin/v1/runs/${run.id}`)).status).toBe(404);
    expect((await under.admin.ask<Page<Run>>('GET', `/admin/v1/runs?app=${leaving.appId}`)).items).toEqual([]);
  });
});
