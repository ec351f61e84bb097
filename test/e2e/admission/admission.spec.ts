import type { Server } from 'node:http';
import { promisify } from 'node:util';
import { ManualClock } from '@datakeep/kernel/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Answer, AppClient } from '../../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest, type Wishes } from '../../support/keep-in-process.ts';
import { HeldConnection } from './held-connection.ts';

interface Problem {
  readonly code: string;
}

const profile = 'edge.example/blob';

describe('what peers may pile up at the edge', () => {
  let under: KeepUnderTest;
  const held: HeldConnection[] = [];
  afterEach(async () => {
    for (const connection of held.splice(0)) connection.close();
    await under.stop();
  });

  const start = async (wishes: Wishes = {}): Promise<void> => {
    under = await keepUnderTest(wishes);
  };
  const open = async (): Promise<HeldConnection> => {
    const connection = await HeldConnection.open(under.url);
    held.push(connection);
    return connection;
  };
  const openMany = (count: number): Promise<HeldConnection[]> =>
    Promise.all(Array.from({ length: count }, () => open()));
  const connectApp = async (name: string): Promise<AppClient> => {
    const app = await under.admin.connectApp(name);
    await app.registerProfile(profile, { type: 'object' });
    await under.admin.grant(app, profile, ['read', 'create']);
    return app;
  };
  const blob = (bytes: number): object => ({ metadata: { profile }, payload: { text: 'x'.repeat(bytes) } });
  /** Only what is worth showing of an answer: a page is large. */
  const outcome = async (asked: Promise<Answer<Problem>>): Promise<unknown[]> => {
    const { status, headers, body } = await asked;
    return status === 503 ? [status, body.code, headers.get('retry-after')] : [status];
  };
  const overloaded = [503, 'overloaded', '1'];
  const query = (app: AppClient) => outcome(app.send<Problem>('POST', '/app/v1/events/query', { body: { profile } }));
  const connections = (): Promise<number> => {
    const server = under.keep.app.getHttpServer() as Server;
    return promisify(server.getConnections.bind(server))();
  };

  describe('bodies', () => {
    it.each([
      ['POST', '/app/v1/events', 401],
      ['POST', '/app/v1/events/query', 401],
      ['PUT', '/app/v1/events/0123456789abcdef01234567', 401],
      ['POST', '/admin/v1/view-templates', 401],
      ['POST', '/nowhere', 404],
      ['POST', '/health/live', 405],
    ])('of %s %s are not waited for where nobody says who sends them', async (method, path, status) => {
      await start();
      const connection = (await open()).read().ask(method, path, { length: 900_000 });
      await vi.waitFor(() => expect(connection.statuses).toEqual([status]));
    });

    it('of routes for anyone have 64 KiB at most', async () => {
      await start();
      for (const path of ['/admin/v1/session', '/admin/v1/setup', '/app/v1/association']) {
        const body = { name: 'x'.repeat(64 * 1024) };
        expect(await under.nobody.send<Problem>('POST', path, { body })).toMatchObject({
          status: 413,
          body: { code: 'body-too-large' },
        });
      }
    });

    it('that are held open take from their own caller, and leave the others their share', async () => {
      await start({ config: { maxBodyMiB: 1 } });
      const [app, other] = [await connectApp('Holds'), await connectApp('Other')];
      const holdBody = async (): Promise<HeldConnection> =>
        (await open())
          .read()
          .ask('POST', '/app/v1/events', { token: app.token, length: 600_000 })
          .write('x'.repeat(500_000));
      let slow = await holdBody();
      const send = (client: AppClient) =>
        outcome(client.send<Problem>('POST', '/app/v1/events', { body: { events: [blob(200_000)] } }));
      await vi.waitFor(async () => {
        // Of two under way the later is refused: the one to be held comes first, and once more where it was not.
        if (slow.statuses.length > 0) slow = await holdBody();
        expect((await under.nobody.send('GET', '/health/live')).status).toBe(200);
        expect(await send(app)).toEqual(overloaded);
      });
      expect(await send(other)).toEqual([201]);
      slow.close();
      await vi.waitFor(async () => expect(await send(app)).toEqual([201]));
    });
  });

  describe('answers', () => {
    /** An app with two pages of 8 MiB, which no socket buffers whole. */
    const appWithLargePage = async (): Promise<AppClient> => {
      const app = await connectApp('Large');
      for (let batch = 0; batch < 2; batch += 1)
        await app.ask('POST', '/app/v1/events', {
          body: { events: Array.from({ length: 10 }, () => blob(800_000)) },
        });
      return app;
    };
    /** Asks, takes the begin of the answer, and no more. */
    const askForPage = async (app: AppClient): Promise<HeldConnection> => {
      const body = JSON.stringify({ profile });
      const connection = await open();
      connection.ask('POST', '/app/v1/events/query', { token: app.token, length: body.length }).write(body);
      return connection.take(100_000);
    };

    it('that nobody takes take from their own caller, and leave the others their share', async () => {
      await start({ config: { maxAnswerMiB: 40 } });
      const app = await appWithLargePage();
      const other = await under.admin.connectApp('Other');
      await under.admin.grant(other, profile, ['read']);
      const unread = [await askForPage(app), await askForPage(app)];
      await vi.waitFor(async () => expect(await query(app)).toEqual(overloaded));
      expect(await query(other)).toEqual([200]);
      for (const connection of unread) connection.close();
      await vi.waitFor(async () => expect(await query(app)).toEqual([200]));
    });

    it('are not for ever: who takes nothing of a page or an export for 30 s is dropped', async () => {
      const clock = new ManualClock(Date.now());
      await start({ clock });
      const app = await appWithLargePage();
      const unread = [
        await askForPage(app),
        await (await open()).ask('POST', '/admin/v1/events/export', { token: under.admin.token }).take(100_000),
      ];
      for (let second = 0; second < 60; second += 1) await clock.advance(1000);
      for (const connection of unread) {
        connection.read();
        await vi.waitFor(() => expect(connection.closed).toBe(true));
        expect(connection.received.length).toBeLessThan(8_000_000);
      }
    });
  });

  describe('connections', () => {
    it('that are silent keep nobody out, 1,000 of one address at default limits', async () => {
      await start();
      await openMany(1000);
      expect((await under.nobody.send('GET', '/health/live')).status).toBe(200);
      expect((await under.admin.send('GET', '/admin/v1/apps')).status).toBe(200);
      expect(await connections()).toBeLessThanOrEqual(500);
    });

    it('that are silent are looked at each second, and have 10 s', async () => {
      await start();
      expect(under.keep.app.getHttpServer()).toMatchObject({
        headersTimeout: 10_000,
        connectionsCheckingInterval: 1000,
      });
    });
  });
});
