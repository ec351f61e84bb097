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
import { type KeepUnderTest, keepUnderTest, walkProfile } from '../support/keep-in-process.ts';

interface Problem {
  readonly code: string;
}

describe('the edge of the keep, with a clock that is told the time or a start of its own', () => {
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
      const setupToken = keep.setupUrl?.split('#token=')[1];
      expect(setupToken).toMatch(/^dk_setup_/);
      const nobody = new KeepClient(keep.url);
      const body = { setupToken, name: 'owner', password: 'a long enough password' };
      expect(
        (await nobody.send<Problem>('POST', '/admin/v1/setup', { body: { ...body, setupToken: 'dk_setup_wrong' } }))
          .status,
      ).toBe(401);
      expect(
        (await nobody.send<Problem>('POST', '/admin/v1/setup', { body: { ...body, password: 'short' } })).status,
      ).toBe(422);
      expect((await nobody.send('POST', '/admin/v1/setup', { body })).status).toBe(201);
      expect((await nobody.send<Problem>('POST', '/admin/v1/setup', { body })).body.code).toMatch(
        /setup-token-spent|already-set-up/,
      );
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

  it('cuts a request that is still in flight 10 s after a shutdown began', async () => {
    const clock = new ManualClock(Date.now());
    under = await keepUnderTest({ clock });
    const app = await under.admin.connectApp('Slow');
    const socket = connect(Number(new URL(under.url).port), '127.0.0.1');
    const ended = Promise.allSettled([once(socket, 'close')]);
    socket.on('error', () => undefined);
    socket.write(
      `POST /app/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${app.token}\r\nContent-Type: ` +
        `application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`,
    );
    await once(socket, 'data');
    const closed = under.stop();
    under = undefined;
    await clock.advance(9999);
    expect(socket.closed).toBe(false);
    await clock.advance(1);
    await Promise.all([ended, closed]);
  });
});
