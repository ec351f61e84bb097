import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import type { AppClient } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest, permittedInstance, walkingApp } from '../support/keep-in-process.ts';

const endless = {
  name: 'Endless',
  runtime: 'javascript',
  permissions: [],
  limits: { wallTimeMs: 60_000 },
  files: [{ path: 'main.js', content: 'module.exports = () => new Promise(() => setInterval(() => {}, 1000));' }],
};

describe('the metrics of a keep', () => {
  let under: KeepUnderTest;
  let app: AppClient;
  let metricsPort: number;

  beforeAll(async () => {
    [metricsPort] = (await freePorts(1)) as [number];
    under = await keepUnderTest({ config: { viewProcesses: 1, maxQueuedRuns: 1, metricsPort } });
    app = await walkingApp(under.admin);
  });
  afterAll(() => under.stop());

  const metric = async (name: string): Promise<number> => {
    const text = await under.admin.ask<string>('GET', '/metrics');
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length),
    );
  };

  it('tell how many view processes there are, which runs wait, and which were refused', async () => {
    expect(await metric('datakeep_view_processes_max{runtime="javascript"}')).toBe(1);
    expect(await metric('datakeep_runtime_healthy{runtime="javascript"}')).toBe(1);
    expect(await metric('datakeep_runs_refused_total{code="run-queue-full"}')).toBe(0);
    const instance = await permittedInstance(under.admin, app, endless);
    const running = await app.run(instance, null, 0);
    await expect.poll(() => metric('datakeep_view_processes_running{runtime="javascript"}')).toBe(1);
    const waiting = await app.run(instance, null, 0);
    expect(await metric('datakeep_run_queue_jobs{state="waiting"}')).toBe(1);
    const refused = await app.send('POST', `/app/v1/view-instances/${instance}/runs`, { body: {} });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    const trial = await under.admin.send('POST', '/admin/v1/view-templates/dry-run', { body: endless });
    expect(trial.status).toBe(429);
    expect(await metric('datakeep_runs_refused_total{code="run-queue-full"}')).toBe(2);
    for (const { id } of [waiting, running]) await app.ask('POST', `/app/v1/runs/${id}/cancel`);
    await expect.poll(() => metric('datakeep_runs_kept')).toBe(2);
    expect(await metric('datakeep_runs_kept_bytes')).toBeGreaterThan(1000);
    expect(await metric('datakeep_runs_quarantined')).toBe(0);
  });

  it('are there without a token on METRICS_PORT, with the health checks and nothing else', async () => {
    const ask = (path: string) => fetch(`http://127.0.0.1:${metricsPort}${path}`);
    expect(await (await ask('/metrics')).text()).toContain('datakeep_runs_kept 2');
    expect(await (await ask('/health/ready')).json()).toEqual({ status: 'up', waitingFor: [] });
    expect((await ask('/docs')).status).toBe(404);
  });

  it('agree with what the admin is told of the system', async () => {
    const { runs } = await under.admin.ask<{ runs: object }>('GET', '/admin/v1/system');
    expect(runs).toMatchObject({
      ended: 2,
      quarantined: 0,
      removed: 0,
      retention: { maxAgeMs: 90 * 86_400_000, maxRuns: 100_000, maxBytes: 1024 * 1024 * 1024 },
    });
  });

  it('are not for apps, nor is the ledger of a run', async () => {
    const { items } = await app.ask<{ items: { id: string }[] }>('GET', '/app/v1/runs');
    expect(items).toHaveLength(2);
    for (const run of items) expect(run).not.toHaveProperty('ledger');
    expect(await app.ask('GET', `/app/v1/runs/${items[0]!.id}`)).not.toHaveProperty('ledger');
    expect(await under.admin.ask('GET', `/admin/v1/runs/${items[0]!.id}`)).toMatchObject({
      ledger: { appId: app.appId, quarantined: false },
    });
    expect(await under.admin.ask('GET', '/admin/v1/runs?quarantined=true')).toMatchObject({ items: [] });
    const template = (await under.admin.ask<{ items: { id: string }[] }>('GET', '/admin/v1/view-templates')).items[0]!
      .id;
    expect(
      (await app.ask<{ items: object[] }>('GET', `/app/v1/runs?viewTemplate=${template}&state=cancelled`)).items,
    ).toHaveLength(2);
    expect((await app.ask<{ items: object[] }>('GET', `/app/v1/runs?viewTemplate=${'f'.repeat(24)}`)).items).toEqual(
      [],
    );
  });
});
