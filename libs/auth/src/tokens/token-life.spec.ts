import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatakeepError } from '@datakeep/kernel';
import { startGuardedApp } from '../testing/guarded-app.ts';
import { JwtTokenSigner } from '@datakeep/keys';

type Guarded = Awaited<ReturnType<typeof startGuardedApp>>;

const minute = 60_000;

describe('a token', () => {
  let guarded: Guarded;
  beforeEach(async () => {
    guarded = await startGuardedApp();
  });
  afterEach(() => guarded.close());
  const status = async (token: string, url = '/app'): Promise<number> =>
    (await guarded.send('GET', url, token)).statusCode;

  it('holds who it is for and when it ends, and nothing else', () => {
    const [header, claims] = guarded.issue
      .run('r1', guarded.clock.now() + 10_999)
      .split('.', 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown);
    const now = guarded.clock.now() / 1000;
    expect(header).toEqual({ alg: 'HS256', typ: 'run+jwt', kid: guarded.keys.current.kid });
    expect(claims).toEqual({
      iss: 'datakeep',
      aud: 'datakeep:run',
      sub: 'c'.repeat(24),
      jti: 'r1',
      iat: now,
      exp: now + 10,
    });
  });

  it.each(['admin', 'run'] as const)('of the kind %s always has an end', (kind) => {
    expect(() => new JwtTokenSigner(guarded.keys).sign(kind, 'x', 'y', guarded.clock.now(), null)).toThrow(RangeError);
  });

  it('is good to its last millisecond and not a moment longer, though it was found good just before', async () => {
    const token = guarded.issue.app('t1', guarded.clock.now() + 30_000);
    await guarded.clock.advance(29_999);
    expect(await status(token)).toBe(200);
    await guarded.clock.advance(1);
    expect(await status(token)).toBe(401);
  });

  it('without an end is good for years, but only while its record says that it has none', async () => {
    const token = guarded.issue.app('t1', null);
    expect(await status(token)).toBe(200);
    await guarded.clock.advance(10 * 365 * 24 * 60 * minute);
    expect(await status(token)).toBe(200);
    guarded.issue.app('t1', guarded.clock.now() + minute);
    expect(await status(token)).toBe(401);
  });

  it.each(['app', 'admin', 'run'] as const)(
    'of the kind %s that is revoked is refused at the next call',
    async (kind) => {
      const token = guarded.issue[kind]('id');
      const call = () =>
        kind === 'admin' ? guarded.send('GET', '/admin/apps', token) : guarded.send('POST', '/events', token);
      expect((await call()).statusCode).toBeLessThan(300);
      guarded.directories.live.delete('id');
      const refused = await call();
      expect(refused.statusCode).toBe(401);
      expect(refused.body).toBe((await guarded.send('POST', '/events')).body);
    },
  );

  it('is looked up in the records at each call', async () => {
    const token = guarded.issue.app('t1');
    for (let i = 0; i < 5; i += 1) await status(token);
    expect(guarded.directories.lookups).toBe(5);
  });

  it('outlives one rotation of the key but not the second, even if it was found good just before', async () => {
    const old = guarded.issue.app('t1');
    expect(await status(old)).toBe(200);
    guarded.keys.rotate();
    expect(await status(old)).toBe(200);
    const young = guarded.issue.app('t2');
    expect(await status(young)).toBe(200);
    guarded.keys.rotate();
    expect(await status(old)).toBe(401);
    expect(await status(young)).toBe(200);
  });

  it('of one keep is nothing to another in the same process', async () => {
    const other = await startGuardedApp();
    try {
      const token = guarded.issue.app('t1');
      other.issue.app('t1');
      expect((await other.send('GET', '/app', token)).statusCode).toBe(401);
      expect(await status(token)).toBe(200);
    } finally {
      await other.close();
    }
  });

  it('speaks for its own app when many are checked at once', async () => {
    const tokens = Array.from({ length: 50 }, (_, i) => guarded.issue.app(`t${i}`));
    const callers = await Promise.all(
      tokens.map(async (token) => (await guarded.send('GET', '/app', token)).json<{ tokenId: string }>().tokenId),
    );
    expect(callers).toEqual(tokens.map((_, i) => `t${i}`));
  });

  it('is ignored in the URL, the body and a cookie', async () => {
    const token = guarded.issue.app('t1');
    const elsewhere = [
      await guarded.app.inject({ url: `/app?access_token=${token}&token=${token}` }),
      await guarded.app.inject({ method: 'POST', url: '/events', payload: { access_token: token, token } }),
      await guarded.app.inject({ url: '/app', headers: { cookie: `token=${token}; access_token=${token}` } }),
    ];
    for (const { statusCode, body } of elsewhere) {
      expect(statusCode).toBe(401);
      expect(body).not.toContain(token);
    }
  });

  it('is refused when Authorization stands in the request twice', async () => {
    const token = guarded.issue.app('t1');
    await guarded.app.listen(0, '127.0.0.1');
    const { port } = guarded.app.getHttpServer().address() as { port: number };
    const ask = async (...headers: string[]): Promise<string> => {
      const socket = connect(port, '127.0.0.1');
      socket.end(['GET /app HTTP/1.1', 'Host: keep', 'Connection: close', ...headers, '', ''].join('\r\n'));
      return (await text(socket)).slice(0, 12);
    };
    expect(await ask(`Authorization: Bearer ${token}`)).toBe('HTTP/1.1 200');
    expect(await ask(`Authorization: Bearer ${token}`, `authorization: Bearer ${token}`)).toBe('HTTP/1.1 401');
    expect(await ask(`Authorization: Bearer ${token}`, 'Authorization: Basic eDp5')).toBe('HTTP/1.1 401');
  });

  it('of 1 MB is refused before it is read', async () => {
    await guarded.app.listen(0, '127.0.0.1');
    const { port } = guarded.app.getHttpServer().address() as { port: number };
    const answer = await fetch(`http://127.0.0.1:${port}/app`, {
      headers: { authorization: `Bearer ${'A'.repeat(1_000_000)}` },
    });
    expect(answer.status).toBe(431);
  });

  it('that cannot be looked up is no stranger: the failure of the records is told as it is', async () => {
    const token = guarded.issue.app('t1');
    guarded.directories.app = () => {
      throw new DatakeepError('storage-unreachable');
    };
    expect(await status(token)).toBe(503);
    expect(await status(token)).toBe(503);
  });
});
