import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatakeepError } from '@datakeep/kernel';
import { appId, adminId, instanceId, startGuardedApp } from '../testing/guarded-app.ts';

type Guarded = Awaited<ReturnType<typeof startGuardedApp>>;

const routes = [
  { method: 'GET', url: '/app', admits: ['app'] },
  { method: 'POST', url: '/events', admits: ['app', 'run'] },
  { method: 'GET', url: '/admin/apps', admits: ['admin'] },
  { method: 'DELETE', url: '/admin/apps', admits: ['app'] },
] as const;

describe('a guarded application', () => {
  let guarded: Guarded;
  beforeEach(async () => {
    guarded = await startGuardedApp();
  });
  afterEach(() => guarded.close());

  it('tells each handler who is calling', async () => {
    const { issue, send } = guarded;
    expect((await send('GET', '/app', issue.app('t1'))).json()).toMatchObject({ kind: 'app', appId, tokenId: 't1' });
    expect((await send('POST', '/events', issue.app('t2'))).json()).toMatchObject({
      kind: 'app',
      appId,
      tokenId: 't2',
    });
    expect((await send('POST', '/events', issue.run('r1'))).json()).toMatchObject({
      kind: 'run',
      viewInstanceId: instanceId,
      profile: 'steps',
    });
    expect((await send('GET', '/admin/apps', issue.admin('s1'))).json()).toMatchObject({
      kind: 'admin',
      adminId,
      sessionId: 's1',
    });
  });

  it('opens a dangerous route only to a session that was confirmed lately', async () => {
    const { issue, send, directories } = guarded;
    const token = issue.admin('s1');
    for (const time of [1, 2]) {
      const refused = await send('POST', '/admin/code', token);
      expect(refused.statusCode, `time ${time}`).toBe(403);
      expect(refused.json()).toMatchObject({ code: 'confirmation-needed' });
    }
    expect((await send('GET', '/admin/apps', token)).statusCode).toBe(200);
    directories.confirmed.add('s1');
    expect((await send('POST', '/admin/code', token)).json()).toMatchObject({ sessionId: 's1' });
    expect((await send('POST', '/admin/code', issue.app('t1'))).statusCode).toBe(401);
    expect((await send('POST', '/admin/code')).statusCode).toBe(401);
  });

  it('says that nothing was done where the records of tokens are out of reach', async () => {
    const { issue, send, directories } = guarded;
    const tokens = { '/events': issue.app('t1'), '/admin/code': issue.admin('s1') };
    directories.failure = new DatakeepError('storage-unreachable', undefined, { retryAfterSeconds: 1 });
    for (const [route, token] of Object.entries(tokens)) {
      const refused = await send('POST', route, token);
      expect(refused.statusCode).toBe(503);
      expect(refused.headers['retry-after']).toBe('1');
      expect(refused.json()).toMatchObject({ detail: 'The storage is out of reach. Nothing was done.' });
    }
  });

  it('answers a public route to anyone, whatever token comes along', async () => {
    for (const token of [undefined, 'nonsense', guarded.issue.admin('s1')])
      expect((await guarded.send('GET', '/public', token)).statusCode).toBe(200);
  });

  it.each(routes)('takes on $method $url tokens of $admits only', async ({ method, url, admits }) => {
    const { issue, send } = guarded;
    const tokens = { app: issue.app('t1'), admin: issue.admin('s1'), run: issue.run('r1') };
    for (const kind of ['app', 'admin', 'run'] as const)
      // Twice: the second answer comes from the tokens found good before.
      for (const time of [1, 2]) {
        const expected = (admits as readonly string[]).includes(kind) ? (method === 'POST' ? 201 : 200) : 401;
        expect((await send(method, url, tokens[kind])).statusCode, `${kind}, time ${time}`).toBe(expected);
      }
    expect((await send(method, url)).statusCode).toBe(401);
  });
});
