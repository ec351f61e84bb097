import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdminClient, AppClient, type Page, type Run } from '../support/keep-client.ts';
import { permittedInstance, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { KeepProcess } from '../support/keep-process.ts';

const slowView = {
  name: 'Slow',
  runtime: 'javascript',
  permissions: [{ profile: walkProfile, rights: ['read'] as const }],
  files: [
    {
      path: 'main.js',
      content:
        'module.exports = async ({ clientCustomData }) => { await new Promise((resolve) => setTimeout(resolve, ' +
        '150)); return clientCustomData; };',
    },
  ],
};

/** Processes that run view code for a keep on this folder, or none of it any more. */
const viewProcessesOf = (pid: number): number => {
  const table = execFileSync('ps', ['-eo', 'ppid=,pid='], { encoding: 'utf8' });
  return table.split('\n').filter((line) => Number(line.trim().split(/\s+/)[0]) === pid).length;
};

describe('a keep that is killed or stopped', () => {
  let dataDir: string;
  let keep: KeepProcess;
  let admin: AdminClient;
  let app: AppClient;
  const env = { ADMIN_PASSWORD: 'a password for tests only', APP_LIMITS: 'queued-runs=10000' };

  const start = async (): Promise<void> => {
    keep = await KeepProcess.start({ dataDir, env });
    admin = await AdminClient.signIn(keep.url, keep.adminName, keep.adminPassword);
    if (app) app = new AppClient(keep.url, app.token!, app.appId);
  };

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-crash-'));
    app = undefined as never;
    await start();
    app = await walkingApp(admin);
  });
  afterEach(async () => {
    await keep.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('brings every run to an end after kill -9, each result stored once', async () => {
    const instance = await permittedInstance(admin, app, slowView);
    const asked = new Map<string, number>();
    let next = 0;
    for (let kill = 0; kill < 3; kill += 1) {
      for (let run = 0; run < 12; run += 1) {
        const { id } = await app.run(instance, next, 0);
        asked.set(id, next);
        next += 1;
      }
      await vi.waitFor(
        async () =>
          expect((await app.ask<Page<Run>>('GET', '/app/v1/runs?state=running')).items.length).toBeGreaterThan(0),
        {
          interval: 10,
        },
      );
      await keep.kill();
      await start();
    }
    await vi.waitFor(
      async () => {
        const unfinished = [
          ...(await app.ask<Page<Run>>('GET', '/app/v1/runs?state=queued')).items,
          ...(await app.ask<Page<Run>>('GET', '/app/v1/runs?state=running')).items,
        ];
        expect(unfinished).toEqual([]);
      },
      { timeout: 60_000, interval: 200 },
    );
    const { items } = await app.ask<Page<Run>>('GET', '/app/v1/runs?limit=1000');
    expect(items.map(({ id }) => id).toSorted()).toEqual([...asked.keys()].toSorted());
    for (const run of items) {
      // A run that was under way at two kills is given up (at most one stall); all others end with their own result.
      expect(run).toMatchObject(
        run.state === 'succeeded'
          ? { result: asked.get(run.id) }
          : { state: 'failed', error: { code: 'view-attempts-exhausted' } },
      );
      expect(run.attempts).toBeLessThanOrEqual(3);
    }
    expect(items.filter(({ state }) => state === 'succeeded').length).toBeGreaterThan(30);
    const finished = await admin.ask<Page<{ actor: { id: string } }>>(
      'GET',
      '/admin/v1/audit?action=run.finished&limit=1000',
    );
    const told = finished.items.map(({ actor }) => actor.id);
    expect(new Set(told).size).toBe(told.length);
  });

  it('loses no acknowledged event to kill -9 under load', async () => {
    const acknowledged = new Map<string, string>();
    for (let kill = 0; kill < 3; kill += 1) {
      let going = true;
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let n = 0; going; n += 1) {
          const identifier = `${kill}-${writer}-${n}`;
          try {
            const { events } = await app.sendEvents([walk(n, { identifier })]);
            acknowledged.set(identifier, events![0]!.id);
          } catch {
            return; // killed: this one was not acknowledged
          }
        }
      });
      await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan((kill + 1) * 200), {
        interval: 5,
      });
      await keep.kill();
      going = false;
      await Promise.all(writers);
      await start();
    }
    const stored = new Map<string, string>();
    let cursor: string | null = null;
    do {
      const page: Page<{ id: string; metadata: { identifier?: string } }> = await app.query({
        profile: walkProfile,
        limit: 1000,
        cursor,
      });
      for (const { id, metadata } of page.items) {
        expect(stored.has(metadata.identifier!)).toBe(false);
        stored.set(metadata.identifier!, id);
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
    for (const [identifier, id] of acknowledged) expect(stored.get(identifier)).toBe(id);
  });

  it('ends at SIGTERM with code 0, answers what it accepted, and leaves no process behind', async () => {
    const instance = await permittedInstance(admin, app, slowView);
    await app.run(instance, 1);
    const statuses = new Map<number, number>();
    const acknowledged: string[] = [];
    let going = true;
    const writers = Array.from({ length: 8 }, async () => {
      while (going) {
        try {
          const answer = await app.send<{ events: { id: string }[] }>('POST', '/app/v1/events', {
            body: { events: [walk(1)] },
          });
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          if (answer.status === 201) acknowledged.push(answer.body.events[0]!.id);
        } catch {
          return; // not accepted any more
        }
      }
    });
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(200), { interval: 5 });
    const { pid } = keep;
    const ready = (): Promise<number> =>
      fetch(`${keep.url}/health/ready`).then(
        ({ status }) => status,
        () => 0,
      );
    const stopped = keep.stop('SIGTERM');
    // For the 2 s in which it still serves.
    const answers: number[] = [];
    for (let status = await ready(); status !== 0; status = await ready()) answers.push(status);
    expect(answers.at(-1)).toBe(503);
    expect(await stopped).toBe(0);
    going = false;
    await Promise.all(writers);
    expect([...statuses.keys()]).toEqual([201]);
    expect(viewProcessesOf(pid)).toBe(0);
    await start();
    for (const id of acknowledged.slice(-50)) expect((await app.send('GET', `/app/v1/events/${id}`)).status).toBe(200);
    expect((await app.query({ profile: walkProfile, limit: 1 }, true)).count).toBe(acknowledged.length);
  });

  it('answers a caller that waits for a long run before it stops, and keeps the run', async () => {
    const forever = {
      ...slowView,
      limits: { wallTimeMs: 60_000 },
      files: [{ path: 'main.js', content: 'module.exports = () => new Promise(() => setInterval(() => {}, 1000));' }],
    };
    const instance = await permittedInstance(admin, app, forever);
    const waiting = app.send<Run>('POST', `/app/v1/view-instances/${instance}/runs`, {
      headers: { prefer: 'wait=30' },
    });
    await vi.waitFor(async () =>
      expect((await app.ask<Page<Run>>('GET', '/app/v1/runs?state=running')).items).toHaveLength(1),
    );
    const stopped = keep.stop('SIGTERM');
    const answer = await waiting;
    expect(answer).toMatchObject({ status: 202, body: { state: 'running' } });
    expect(await stopped).toBe(0);
    await start();
    expect((await app.send<Run>('POST', `/app/v1/runs/${answer.body.id}/cancel`)).status).toBe(202);
  });

  it('lets no second keep work on the same folder', async () => {
    await expect(KeepProcess.start({ dataDir, env, patienceMs: 15_000 })).rejects.toThrow(
      /start failed|ended at its start/,
    );
    expect((await app.send('GET', '/app/v1/me')).status).toBe(200);
  });
});
