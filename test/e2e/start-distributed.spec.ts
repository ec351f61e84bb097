import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { AdminClient } from '../support/keep-client.ts';
import { adminPassword, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { ownDatabase } from '../support/keep-shapes.ts';
import { NpmScript } from '../support/npm-script.ts';
import { childrenOf, isAlive } from '../support/process-family.ts';
import { useService } from '../support/services/use-service.ts';

const suite = 'npm run start:distributed';
const [mongo, redis] = await Promise.all([useService('mongo', suite), useService('redis', suite)]);
const names = ['storage', 'views', 'executors', 'gateway'];

describe.runIf(mongo && redis)('npm run start:distributed', () => {
  let dataDir: string;
  let url: string;
  let env: Record<string, string>;
  let keep: NpmScript;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-distributed-'));
    const [gateway, storage, views, executors] = (await freePorts(4)) as [number, number, number, number];
    url = `http://127.0.0.1:${gateway}`;
    env = {
      PORT: String(gateway),
      DATA_DIR: dataDir,
      ADMIN_PASSWORD: adminPassword,
      MONGODB_URI: ownDatabase(mongo!.uri),
      REDIS_URL: `${redis!.uri}/15`,
      STORAGE_SERVERS: `127.0.0.1:${storage}`,
      VIEWS_SERVERS: `127.0.0.1:${views}`,
      EXECUTORS_SERVERS: `127.0.0.1:${executors}`,
    };
  });
  afterEach(async () => {
    await keep.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('starts the four, registers a profile, tells when each is ready, and ends all of them at Ctrl-C', async () => {
    keep = new NpmScript('start:distributed', { env });
    await keep.ready([url]);
    const admin = await AdminClient.signIn(url, 'admin', adminPassword);
    await walkingApp(admin);
    // Once the index advisor counts, it has something to store at the end.
    const explained = (): Promise<{ explain: { shape: string } }> =>
      admin.ask('POST', '/admin/v1/events/query?explain=true', { body: { profile: walkProfile } });
    await expect.poll(async () => (await explained()).explain.shape).not.toBe('');
    expect(keep.output).toContain('SERVICE_SECRET is not set: one was made for this start.');
    const saying = (message: string): unknown[] =>
      keep.logged.filter(({ msg }) => msg === message).map(({ process }) => process);
    await vi.waitFor(() => expect(saying('ready').toSorted()).toEqual(names.toSorted()));
    await keep.stop();
    expect(saying('stopped').toSorted()).toEqual(names.toSorted());
    expect(keep.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('leaves no process behind where it is killed', async () => {
    keep = new NpmScript('start:distributed', { env });
    await keep.ready([url]);
    const family = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(family)];
    const all = family(keep.pid);
    // npm, its shell and the script, beside the services.
    expect(all.length).toBeGreaterThanOrEqual(names.length + 3);
    await keep.stop('SIGKILL');
    await vi.waitFor(() => expect(all.filter(isAlive)).toEqual([]), { interval: 100 });
  });

  it('names what is not set, and what was perhaps meant', async () => {
    const { MONGODB_URI: MONGO_URI, REDIS_URL: _none, ...rest } = env;
    keep = new NpmScript('start:distributed', { env: { ...rest, MONGO_URI } });
    expect(await keep.ended()).toBe(1);
    expect(keep.output).toContain('MONGODB_URI and REDIS_URL must be set');
    expect(keep.logged).toMatchObject([{ variable: 'MONGO_URI', msg: expect.stringContaining('MONGODB_URI?') }]);
  });

  it('refuses ports that are in use, whichever service would listen there, before it starts any', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const servers = `${env['VIEWS_SERVERS']},127.0.0.1:${port}`;
    keep = new NpmScript('start:distributed', { env: { ...env, VIEWS_SERVERS: servers } });
    expect(await keep.ended()).toBe(1);
    expect(keep.output).toContain(`127.0.0.1:${port} is in use`);
    expect(keep.output).toContain('set VIEWS_SERVERS to another port');
    expect(keep.logged).toEqual([]);
    await once(holder.close(), 'close');
  });
});
