import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { adminPassword } from '../support/keep-in-process.ts';
import { ownDatabase } from '../support/keep-shapes.ts';
import { childrenOf, isAlive } from '../support/process-family.ts';
import { useService } from '../support/services/use-service.ts';

const suite = 'npm run start:distributed';
const [mongo, redis] = await Promise.all([useService('ferretdb', suite), useService('redis', suite)]);

describe.runIf(mongo && redis)('npm run start:distributed', { timeout: 60_000 }, () => {
  let dataDir: string;
  let child: ChildProcess;
  let output: string;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-distributed-'));
    output = '';
    const [gateway, storage, views, executors] = (await freePorts(4)) as [number, number, number, number];
    const script = fileURLToPath(new URL('../../scripts/start-distributed.ts', import.meta.url));
    child = spawn(process.execPath, [script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        PORT: String(gateway),
        DATA_DIR: dataDir,
        ADMIN_PASSWORD: adminPassword,
        MONGODB_URI: ownDatabase(mongo!.uri),
        REDIS_URL: `${redis!.uri}/15`,
        SIGNING_KEY: randomBytes(32).toString('base64url'),
        STORAGE_SERVERS: `127.0.0.1:${storage}`,
        VIEWS_SERVERS: `127.0.0.1:${views}`,
        EXECUTORS_SERVERS: `127.0.0.1:${executors}`,
      },
    });
    for (const stream of [child.stdout, child.stderr])
      stream!.setEncoding('utf8').on('data', (text: string) => (output += text));
    await vi.waitFor(
      async () => expect((await fetch(`http://127.0.0.1:${gateway}/health/ready`)).status, output).toBe(200),
      {
        timeout: 40_000,
        interval: 100,
      },
    );
  }, 60_000);
  afterEach(async () => {
    await end('SIGINT');
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  it('starts the four with readable lines, tells when each is ready, and ends all of them at a signal', async () => {
    expect(output).toContain('SERVICE_SECRET is not set: one was made for this start.');
    for (const name of ['storage', 'views', 'executors', 'gateway'])
      expect(output).toMatch(new RegExp(`^${name} +│ \\d\\d:\\d\\d:\\d\\d ready `, 'm'));
    await end('SIGINT');
    expect(child.exitCode, output).toBe(0);
    expect(output.match(/ stopped$/gm)).toHaveLength(4);
  });

  it('leaves no process behind where it is killed', async () => {
    const services = childrenOf(child.pid!);
    const family = [...services, ...services.flatMap(childrenOf)];
    expect(services).toHaveLength(4);
    await end('SIGKILL');
    await vi.waitFor(() => expect(family.filter(isAlive)).toEqual([]), { timeout: 20_000, interval: 100 });
  });
});
