import { once } from 'node:events';
import { connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@datakeep/kernel/testing';
import { createLogger, readConfig, SystemClock } from '@datakeep/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { startKeep } from '../../apps/standalone/src/bootstrap.ts';
import { AdminClient, KeepClient } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest, sumView, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';

interface Problem {
  readonly code: string;
}

describe('the edge of the keep', () => {
  let under: KeepUnderTest | undefined;
  afterEach(async () => {
    await under?.stop();
    under = undefined;
  });

  it('makes the admin once, by the link of the first start', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-first-'));
    const keep = await startKeep({
      config: { ...readConfig({}), port: 0, dataDir, rateLimits: 'off' },
      logger: createLogger('silent'),
      clock: new SystemClock(),
    });
    try {
      const setupToken = keep.setupUrl?.split('#setup=')[1];
      expect(setupToken).toMatch(/^dk_setup_/);
      const nobody = new KeepClient(keep.url);
      const body = { setupToken, name: 'owner', password: 'a long enough password' };
      expect((await nobody.send<Problem>('POST', '/admin/v1/setup', { body: { ...body, setupToken: 'dk_setup_wrong' } })).status).toBe(401);
      expect((await nobody.send<Problem>('POST', '/admin/v1/setup', { body: { ...body, password: 'short' } })).status).toBe(422);
      expect((await nobody.send('POST', '/admin/v1/setup', { body })).status).toBe(201);
      expect((await nobody.send<Problem>('POST', '/admin/v1/setup', { body })).body.code).toMatch(/setup-token-spent|already-set-up/);
      const admin = await AdminClient.signIn(keep.url, 'owner', body.password);
      expect((await admin.send('GET', '/admin/v1/apps')).status).toBe(200);
    } finally {
      await keep.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('ends a session when nobody used it for 30 minutes, and after 8 hours in any case', async () => {
    const clock = new ManualClock(Date.now());
    under = await keepUnderTest({ clock });
    const status = async (): Promise<number> => (await under!.admin.send('GET', '/admin/v1/apps')).status;
    await clock.advance(29 * 60_000);
    expect(await status()).toBe(200);
    await clock.advance(31 * 60_000);
    expect(await status()).toBe(401);
  });

  it('lets an app renew its token, and ends the old one a day later', async () => {
    const clock = new ManualClock(Date.now());
    under = await keepUnderTest({ clock });
    const app = await under.admin.connectApp('Renewer');
    const { token } = await app.ask<{ token: string }>('POST', '/app/v1/token/renew');
    await clock.advance(23 * 3_600_000);
    expect((await app.send('GET', '/app/v1/me')).status).toBe(200);
    await clock.advance(2 * 3_600_000);
    expect((await app.send('GET', '/app/v1/me')).status).toBe(401);
    expect((await app.send('GET', '/app/v1/me', { token })).status).toBe(200);
  });

  it('ends a permission at its date', async () => {
    const clock = new ManualClock(Date.now());
    under = await keepUnderTest({ clock });
    const app = await under.admin.connectApp('Guest');
    await app.registerProfile(walkProfile, { type: 'object' });
    const { id } = await app.requestPermission(walkProfile, ['read'], 'for an hour');
    await under.admin.approve(id, { expiresAt: new Date(clock.now() + 1_200_000).toISOString() });
    expect((await app.send('POST', '/app/v1/events/query', { body: { profile: walkProfile } })).status).toBe(200);
    await clock.advance(1_200_001);
    expect((await app.send('POST', '/app/v1/events/query', { body: { profile: walkProfile } })).status).toBe(403);
    expect(await app.ask('GET', `/app/v1/permissions/${id}`)).toMatchObject({ status: 'expired' });
  });

  it('counts requests per app and says when to come back', async () => {
    under = await keepUnderTest({ config: { rateLimits: { read: 3, write: 100, run: 100, 'sign-in': 100 } } });
    const app = await under.admin.connectApp('Eager');
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await app.send<Problem>('GET', '/app/v1/permissions'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[3]?.body.code).toBe('rate-limited');
    expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const neighbour = await under.admin.connectApp('Neighbour');
    expect((await neighbour.send('GET', '/app/v1/permissions')).status).toBe(200);
  });

  it('takes a view template as multipart/form-data as well', async () => {
    under = await keepUnderTest();
    await walkingApp(under.admin);
    const form = new FormData();
    form.set('name', sumView.name);
    form.set('runtime', 'javascript');
    form.set('permissions', JSON.stringify(sumView.permissions));
    form.append('files', new Blob(["module.exports = require('./lib/one.js');"]), 'main.js');
    form.append('files', new Blob(['module.exports = () => 1;']), 'lib/one.js');
    const upload = async (body: FormData): Promise<Response> =>
      fetch(`${under!.url}/admin/v1/view-templates`, { method: 'POST', body, headers: { authorization: `Bearer ${under!.admin.token}` } });
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
    under = await keepUnderTest();
    const template = { ...sumView, permissions: [] };
    for (const member of ['description', 'limits'])
      expect(await under.admin.send('POST', '/admin/v1/view-templates', { body: { ...template, [member]: null } })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: `/${member}`, code: 'type' }] },
      });
    const { id } = await under.admin.makeAppHolder('Told', 'of something');
    const patched = await under.admin.ask('PATCH', `/admin/v1/apps/${id}`, { body: { description: null } });
    expect(patched).not.toHaveProperty('description');
  });

  it('leaves the list out for who prefers a minimal answer', async () => {
    under = await keepUnderTest();
    const app = await walkingApp(under.admin);
    const answer = await app.send('POST', '/app/v1/events', { body: { events: [walk(1)] }, headers: { prefer: 'return=minimal' } });
    expect(answer).toMatchObject({ status: 201, body: { accepted: 1, duplicates: 0 } });
    expect(answer.body).not.toHaveProperty('events');
    expect(answer.headers.get('preference-applied')).toBe('return=minimal');
  });

  it('deletes an app: its tokens stop at once; its events stay, or go when asked', async () => {
    under = await keepUnderTest();
    const app = await walkingApp(under.admin);
    await app.sendEvents([walk(1), walk(2)]);
    const second = await walkingApp(under.admin, 'Second');
    await second.sendEvents([walk(3)]);
    const count = async (): Promise<unknown> =>
      (await under!.admin.ask<{ count: number }>('POST', '/admin/v1/events/query?count=true', { body: { profile: walkProfile } })).count;
    await under.admin.deleteApp(app.appId);
    expect((await app.send('GET', '/app/v1/me')).status).toBe(401);
    expect(await count()).toBe(3);
    await under.admin.deleteApp(second.appId, true);
    expect(await count()).toBe(2);
    expect((await under.admin.send('GET', `/admin/v1/apps/${app.appId}`)).status).toBe(404);
  });

  it('tells its health and its metrics', async () => {
    under = await keepUnderTest();
    expect(await under.nobody.ask('GET', '/health/live')).toEqual({ status: 'up' });
    expect(await under.nobody.ask('GET', '/health/ready')).toEqual({ status: 'up', waitingFor: [] });
    const metrics = await under.admin.ask<string>('GET', '/metrics');
    for (const name of ['datakeep_http_requests_total', 'datakeep_storage_events 0', 'datakeep_run_queue_jobs', 'process_resident_memory_bytes'])
      expect(metrics).toContain(name);
  });

  it('cuts a request that is still in flight 10 s after a shutdown began', async () => {
    const clock = new ManualClock(Date.now());
    under = await keepUnderTest({ clock });
    const socket = connect(Number(new URL(under.url).port), '127.0.0.1');
    const ended = Promise.allSettled([once(socket, 'close')]);
    socket.on('error', () => undefined);
    socket.write('POST /app/v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n');
    await once(socket, 'data');
    const closed = under.stop();
    under = undefined;
    await clock.advance(9999);
    expect(socket.closed).toBe(false);
    await clock.advance(1);
    await Promise.all([ended, closed]);
  });

  it('answers what is no request with a problem document', async () => {
    under = await keepUnderTest();
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
