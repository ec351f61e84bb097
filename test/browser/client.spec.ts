import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, type Rolldown } from 'vite';
import type * as Client from '../../clients/typescript/src/index.ts';
import { keepUnderTest, type KeepUnderTest } from '../support/keep-in-process.ts';
import { hasBrowser, launchBrowser } from './support.ts';

const client = fileURLToPath(new URL('../../clients/typescript/src/', import.meta.url));
const profile = 'diary.example/note';

interface Arguments {
  readonly url: string;
  readonly token: string;
  readonly profile: string;
}

/** What the functions that run in the page find there. */
declare const datakeep: typeof Client & { indexedDbOutbox(name?: string): Client.OutboxStore };
const html = `<!doctype html><title>Diary</title><script type="module">
import * as client from '/client.js';
import * as indexeddb from '/indexeddb.js';
globalThis.datakeep = { ...client, ...indexeddb };
</script>`;

/** The client's entries as the browser loads them. */
async function bundled(): Promise<ReadonlyMap<string, string>> {
  const entry = { client: join(client, 'index.ts'), indexeddb: join(client, 'outbox/indexeddb-outbox.ts') };
  const [{ output }] = (await build({
    logLevel: 'warn',
    configFile: false,
    build: { write: false, lib: { entry, formats: ['es'], fileName: (_, name) => `${name}.js` } },
  })) as [Rolldown.RolldownOutput];
  return new Map(output.flatMap((part) => (part.type === 'chunk' ? [[`/${part.fileName}`, part.code] as const] : [])));
}

async function served(files: ReadonlyMap<string, string>): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const code = files.get(url ?? '');
    response.setHeader('content-type', code === undefined ? 'text/html' : 'text/javascript');
    response.end(code ?? html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe.runIf(hasBrowser)('the client in a web page of another origin', () => {
  let keep: KeepUnderTest;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let origin: string;
  let token: string;
  let appId: string;

  beforeAll(async () => {
    keep = await keepUnderTest();
    server = await served(await bundled());
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchBrowser();
    page = await browser.newPage();
    // As at an address without https.
    await page.addInitScript('delete Crypto.prototype.randomUUID; delete Crypto.prototype.subtle');
    await page.goto(origin);
    const body = { name: 'Diary', origins: [origin] };
    appId = (await keep.admin.ask<{ id: string }>('POST', '/admin/v1/apps', { body })).id;
  });
  afterAll(async () => {
    await browser.close();
    await new Promise((resolve) => server.close(resolve));
    await keep.stop();
  });

  it('associates, asks, stores, queries and follows', async () => {
    const { associationToken } = await keep.admin.makeAssociationToken(appId);
    const walked = page.evaluate(
      async ({ url, associationToken: once, profile: name, origin: own }) => {
        const tokens = datakeep.memoryTokens();
        const origins = [own, 'https://diary.example'];
        const one = await datakeep.Datakeep.associate({ url, associationToken: once, name: 'Diary', tokens, origins });
        const notes = await one.profiles.register(name, {
          type: 'object',
          properties: { text: { type: 'string' } },
        } as const);
        await one.permissions.ensure({ profile: notes, rights: ['read', 'create'], message: 'To keep your diary' });
        const follower = one.events.changes({ profile: notes, since: 'start' })[Symbol.asyncIterator]();
        await one.events.create([{ profile: notes, payload: { text: 'Hello' } }]);
        const first = await follower.next();
        const { accepted } = await one.events.ingest(
          Array.from({ length: 2500 }, (_, index) => ({ profile: notes, payload: { text: `n${index}` } })),
        );
        const found = await one.events.query({ profile: notes, filter: { 'payload.text': 'n2499' } }).toArray();
        await follower.return?.();
        return {
          token: await tokens.load(),
          first: (first.value as Client.Change).event.payload,
          accepted,
          found: found.length,
        };
      },
      { url: keep.url, associationToken, profile, origin },
    );
    const waiting = async (): Promise<readonly { id: string }[]> =>
      (await keep.admin.ask<{ items: { id: string }[] }>('GET', '/admin/v1/permissions?status=pending')).items;
    await expect.poll(waiting).toHaveLength(1);
    await keep.admin.approve((await waiting())[0]!.id);
    const { token: issued, ...seen } = await walked;
    expect(seen).toEqual({ first: { text: 'Hello' }, accepted: 2500, found: 1 });
    const told = { origins: [origin, 'https://diary.example'] };
    expect(await keep.admin.ask('GET', `/admin/v1/apps/${appId}`)).toMatchObject(told);
    token = issued!;
  });

  it('keeps in IndexedDB what it could not send, across a reload, and sends it then', async () => {
    const waited = await page.evaluate(
      async ({ token: own, profile: name }: Arguments) => {
        // Nothing answers there.
        const one = datakeep.Datakeep.connect({
          url: 'http://127.0.0.1:1',
          token: own,
          outbox: { store: datakeep.indexedDbOutbox() },
        });
        await Promise.all(['a', 'b', 'c'].map((text) => one.outbox.add({ profile: name, payload: { text } })));
        await one.outbox.add({ profile: name, payload: { text: 7 } });
        return one.outbox.pending();
      },
      { url: keep.url, token, profile },
    );
    expect(waited).toBe(4);
    await page.reload();
    const sent = await page.evaluate(
      async ({ url, token: own, profile: name }: Arguments) => {
        const one = datakeep.Datakeep.connect({ url, token: own, outbox: { store: datakeep.indexedDbOutbox() } });
        await one.outbox.flush();
        const found = await one.events
          .query<{ text: string }>({ profile: name, filter: { 'payload.text': { in: ['a', 'b', 'c'] } } })
          .toArray();
        const refused = await one.outbox.refused();
        const result = {
          texts: found.map(({ payload }) => payload.text).sort(),
          refused: refused.map(({ event, reason }) => [event.payload, reason.code]),
          pending: await one.outbox.pending(),
        };
        await one.outbox.discard(...refused.map(({ id }) => id));
        return { ...result, left: (await one.outbox.refused()).length };
      },
      { url: keep.url, token, profile },
    );
    expect(sent).toEqual({ texts: ['a', 'b', 'c'], refused: [[{ text: 7 }, 'invalid']], pending: 0, left: 0 });
  });

  it('is answered no more once the admin has taken the origin away', async () => {
    await keep.admin.ask('PATCH', `/admin/v1/apps/${appId}`, { body: { origins: [] } });
    const code = await page.evaluate(
      async ({ url, token: own }: Arguments) => {
        const one = datakeep.Datakeep.connect({ url, token: own, retries: 0 });
        return one.me().then(
          () => 'answered',
          (error: Client.ClientError) => error.code,
        );
      },
      { url: keep.url, token, profile },
    );
    expect(code).toBe('unreachable');
  });
});
