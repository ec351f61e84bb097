import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sumView, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

const shapes = await keepShapes('the edge of the keep');

interface Problem {
  readonly code: string;
}

describe.for(shapes.filter(({ available }) => available))('the edge of the keep: $name', ({ start }) => {
  let under: KeepInShape;
  beforeAll(async () => {
    under = await start();
  });
  afterAll(() => under.stop());

  it('takes a view template as multipart/form-data as well', async () => {
    await walkingApp(under.admin);
    const form = new FormData();
    form.set('name', sumView.name);
    form.set('runtime', 'javascript');
    form.set('permissions', JSON.stringify(sumView.permissions));
    form.append('files', new Blob(["module.exports = require('./lib/one.js');"]), 'main.js');
    form.append('files', new Blob(['module.exports = () => 1;']), 'lib/one.js');
    const upload = async (body: FormData): Promise<Response> =>
      fetch(`${under.url}/admin/v1/view-templates`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${under.admin.token}` },
      });
    const answer = await upload(form);
    expect(answer.status).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    const read = await under.admin.ask<{ files: { path: string }[] }>('GET', `/admin/v1/view-templates/${id}`);
    expect(read.files.map(({ path }) => path).toSorted()).toEqual(['lib/one.js', 'main.js']);
    form.append('files', new Blob(['x']), '../escape.js');
    expect((await upload(form)).status).toBe(422);
    const unbounded = await under.admin.send<Problem>('POST', '/admin/v1/view-templates', {
      body: '{}',
      headers: { 'content-type': 'multipart/form-data' },
    });
    expect(unbounded).toMatchObject({ status: 400, body: { code: 'unreadable-body' } });
  });

  it('takes no null for what may be left out, but where null means something', async () => {
    const template = { ...sumView, permissions: [] };
    for (const member of ['description', 'limits'])
      expect(
        await under.admin.send('POST', '/admin/v1/view-templates', { body: { ...template, [member]: null } }),
      ).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: `/${member}`, code: 'type' }] },
      });
    const { id } = await under.admin.makeAppHolder('Told', 'of something');
    const patched = await under.admin.ask('PATCH', `/admin/v1/apps/${id}`, { body: { description: null } });
    expect(patched).not.toHaveProperty('description');
  });

  it('leaves the list out for who prefers a minimal answer', async () => {
    const app = await walkingApp(under.admin);
    const answer = await app.send('POST', '/app/v1/events', {
      body: { events: [walk(1)] },
      headers: { prefer: 'return=minimal' },
    });
    expect(answer).toMatchObject({ status: 201, body: { accepted: 1, duplicates: 0 } });
    expect(answer.body).not.toHaveProperty('events');
    expect(answer.headers.get('preference-applied')).toBe('return=minimal');
  });

  it('deletes an app: its tokens stop at once; its events stay, or go when asked', async () => {
    const app = await walkingApp(under.admin);
    const count = async (): Promise<number> =>
      (
        await under.admin.ask<{ count: number }>('POST', '/admin/v1/events/query?count=true', {
          body: { profile: walkProfile },
        })
      ).count;
    const before = await count();
    await app.sendEvents([walk(1), walk(2)]);
    const second = await walkingApp(under.admin, 'Second');
    await second.sendEvents([walk(3)]);
    await under.admin.deleteApp(app.appId);
    expect((await app.send('GET', '/app/v1/me')).status).toBe(401);
    expect(await count()).toBe(before + 3);
    await under.admin.deleteApp(second.appId, true);
    expect(await count()).toBe(before + 2);
    expect((await under.admin.send('GET', `/admin/v1/apps/${app.appId}`)).status).toBe(404);
  });

  it('tells its health and its metrics', async () => {
    expect(await under.nobody.ask('GET', '/health/live')).toEqual({ status: 'up' });
    expect(await under.nobody.ask('GET', '/health/ready')).toEqual({ status: 'up', waitingFor: [] });
    const metrics = await under.admin.ask<string>('GET', '/metrics');
    for (const name of [
      'datakeep_http_requests_total',
      'datakeep_storage_events',
      'datakeep_run_queue_jobs',
      'process_resident_memory_bytes',
    ])
      expect(metrics).toContain(name);
  });

  it('answers what is no request with a problem document', async () => {
    const { port } = new URL(under.url);
    const raw = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let answer = '';
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
        socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
        socket.on('close', () => resolve(answer));
        socket.on('error', reject);
      });
    const nonsense = await raw('NONSENSE\r\n\r\n');
    expect(nonsense).toMatch(/^HTTP\/1.1 400 /);
    expect(nonsense).toContain('application/problem+json');
    const heavy = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(heavy).toMatch(/^HTTP\/1.1 431 /);
    expect(heavy).toContain('"headers-too-large"');
  });
});
