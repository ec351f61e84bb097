import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/distributed-keep.ts';
import { startForeignStorage } from '../support/foreign-storage/foreign-storage.ts';
import { freePorts } from '../support/free-ports.ts';
import { NpmScript } from '../support/npm-script.ts';

const key = 's'.repeat(43);

/** `npm run test:storage` as a stranger runs it: its exit code, and what it printed. */
async function tried(url: string, itsKey: string, only?: string): Promise<{ code: number | null; output: string }> {
  const rest = only === undefined ? [] : ['--only', only];
  const script = new NpmScript('test:storage', {
    arguments: ['--url', url, '--key', itsKey, ...rest],
    env: { NO_COLOR: '1' },
  });
  const code = await script.ended();
  return { code, output: script.output };
}

/** A storage that heeds no If-Match: what it gets it passes on as if any version would do. */
async function startHeedless(url: string): Promise<Server> {
  const server = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { authorization = '', 'if-match': ifMatch, 'content-type': type } = request.headers;
      const answer = await fetch(url + request.url, {
        method: request.method!,
        headers: {
          authorization,
          ...(ifMatch === undefined ? {} : { 'if-match': '*' }),
          ...(type === undefined ? {} : { 'content-type': type }),
        },
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      });
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? '',
        etag: answer.headers.get('etag') ?? '',
      });
      response.end(Buffer.from(await answer.arrayBuffer()));
    };
    pass().catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('npm run test:storage', () => {
  let dataDir: string;
  let storage: ServiceProcess;
  let url: string;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-storage-'));
    const [http = 0, service = 0, health = 0] = await freePorts(3);
    storage = new ServiceProcess('storage', health, {
      PATH: process.env['PATH'] ?? '',
      DATA_DIR: dataDir,
      STORAGE_KEY: key,
      SERVICE_SECRET: key,
      STORAGE_HTTP_PORT: String(http),
      SERVICE_PORT: String(service),
      HEALTH_PORT: String(health),
    });
    storage.launch();
    await storage.until('ready');
    url = `http://127.0.0.1:${http}`;
  });
  afterAll(async () => {
    await storage.end('SIGTERM');
    rmSync(dataDir, { recursive: true });
  });

  it('passes a storage process, leaves it empty, and passes it again', async () => {
    const first = await tried(url, key);
    expect(first.output).toMatch(/Tests .*\d{2} passed/);
    expect(first.code, first.output).toBe(0);
    const again = await tried(url, key, 'changes');
    expect(again.code, again.output).toBe(0);
    const health = await fetch(`${url}/storage/v1/health`, { headers: { authorization: `Bearer ${key}` } });
    expect(await health.json()).toMatchObject({ events: 0 });
  }, 300_000);

  it('fails a storage that is wrong, and names what', async () => {
    const heedless = await startHeedless(url);
    const { port } = heedless.address() as AddressInfo;
    const { code, output } = await tried(`http://127.0.0.1:${port}`, key, 'version');
    heedless.close();
    expect(output).toMatch(/× a write with another version is refused and changes nothing/);
    expect(code).toBe(1);
  });

  it('passes the interface of a storage that is no part of Datakeep', async () => {
    const foreign = await startForeignStorage();
    const { code, output } = await tried(foreign.url, foreign.key, 'interface');
    await foreign.stop();
    expect(code, output).toBe(0);
  });

  it('says what is missing, and that nothing answers', async () => {
    expect(await tried('nowhere', key)).toMatchObject({ code: 2, output: expect.stringContaining('--url') as string });
    expect(await tried(url, 'another key')).toMatchObject({
      code: 2,
      output: expect.stringContaining('its status is 401') as string,
    });
  });
});
