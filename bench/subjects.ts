import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AdminClient, type AppClient } from '../test/support/keep-client.ts';
import { KeepProcess } from '../test/support/keep-process.ts';
import type { Language } from './bare/spawned.ts';
import { benchBody, benchSchema } from './events.ts';
import type { LoadRequest } from './load.ts';

const pageProfile = 'bench/page';
export const ingestProfile = 'bench/ingest';

/** A server under measurement: how each thing is asked of it. */
export interface Subject {
  readonly name: 'keep' | 'bare' | 'distributed';
  readonly url: string;
  readonly pid: number;
  /** From the spawn to the first good answer, in ms. */
  readonly readyMs: number;
  ingest(body: string): LoadRequest;
  pageByCreatedDate(): LoadRequest;
  pageByPayloadField(): LoadRequest;
  countByDay(): LoadRequest;
  sumByDay(): LoadRequest;
  viewRun(): LoadRequest;
  /** The bare server has two warm children for these, else one. */
  viewRunBesideTwo(): LoadRequest;
  /** In that language; the bare server starts a process for each. */
  viewRunBesideSpawned(language: Language): LoadRequest;
  /**
   * The first run of a view that it registers for this; on the bare server, which keeps no views, every run is a first
   * one.
   */
  freshViewRun(language: Language): Promise<LoadRequest>;
  stop(): Promise<void>;
}

const viewSources: Readonly<Record<Language, readonly [path: string, content: string]>> = {
  javascript: [
    'main.js',
    `
module.exports = async (parameters, keep) => {
  const page = await keep.events.query({ profile: '${pageProfile}', limit: 100 });
  let sum = 0;
  for (const event of page.items) sum += event.payload.value;
  return sum;
};
`,
  ],
  python: [
    'main.py',
    `
def main(parameters, keep):
    page = keep.events.query({'profile': '${pageProfile}', 'limit': 100})
    return sum(event['payload']['value'] for event in page['items'])
`,
  ],
};

/** Fills the profile that the pages and views read. */
export async function fill(subject: Subject, events: number): Promise<void> {
  const size = 1000;
  for (let first = 0; first < events; first += size) {
    const request = subject.ingest(benchBody(pageProfile, first, Math.min(size, events - first)));
    const response = await fetch(`${subject.url}${request.path}`, {
      method: request.method,
      headers: { 'content-type': 'application/json', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const text = await response.text();
    if (response.status !== request.expect)
      throw new Error(`${subject.name} refused events: ${response.status} ${text.slice(0, 500)}`);
  }
}

export async function startBare(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-bare-'));
  const begun = performance.now();
  const child = spawn(process.execPath, [fileURLToPath(new URL('./bare/server.ts', import.meta.url)), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = line.toString().trim();
  const run = (query: string): LoadRequest => ({
    method: 'POST',
    path: `/run${query}`,
    body: JSON.stringify({ profile: pageProfile }),
    expect: 200,
    expectText: '"succeeded"',
  });
  const spawned = (language: Language): LoadRequest => run(`?language=${language}`);
  return {
    name: 'bare',
    url,
    pid: child.pid ?? 0,
    readyMs: performance.now() - begun,
    ingest: (body) => ({ method: 'POST', path: '/events', body, expect: 201 }),
    pageByCreatedDate: () => ({
      method: 'GET',
      path: `/events?profile=${encodeURIComponent(pageProfile)}&limit=100`,
      expect: 200,
    }),
    pageByPayloadField: () => ({
      method: 'GET',
      path: `/events?profile=${encodeURIComponent(pageProfile)}&limit=100&sort=value`,
      expect: 200,
    }),
    countByDay: () => ({ method: 'GET', path: `/days?profile=${encodeURIComponent(pageProfile)}`, expect: 200 }),
    sumByDay: () => ({
      method: 'GET',
      path: `/days?profile=${encodeURIComponent(pageProfile)}&sum=value`,
      expect: 200,
    }),
    viewRun: () => run(''),
    viewRunBesideTwo: () => run('?children=2'),
    viewRunBesideSpawned: spawned,
    freshViewRun: (language) => Promise.resolve(spawned(language)),
    stop: async () => {
      const exit = once(child, 'exit');
      child.kill();
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * How long a keep needs until it is ready, in ms: at its first start, which makes keys and the admin, and on an
 * existing folder.
 */
export async function startTimes(): Promise<{ readonly first: number; readonly again: number }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-start-'));
  const times: number[] = [];
  for (let start = 0; start < 2; start += 1) {
    const keep = await KeepProcess.start({ dataDir, patienceMs: 60_000 });
    times.push(keep.readyMs);
    await keep.stop();
  }
  rmSync(dataDir, { recursive: true, force: true });
  return { first: times[0] ?? Number.NaN, again: times[1] ?? Number.NaN };
}

/** No limit of an app is measured. The end of a load leaves the runs of its callers under way: the next has its own. */
export const benchLimits = 'runs-per-day=999999999999,rows-per-minute=999999999999,queued-runs=100';

/** A keep of one process. */
export async function startKeep(): Promise<Subject> {
  const keep = await KeepProcess.start({ env: { APP_LIMITS: benchLimits }, patienceMs: 60_000 });
  const admin = await AdminClient.signIn(keep.url, keep.adminName, keep.adminPassword);
  return keepSubject('keep', admin, { pid: keep.pid, readyMs: keep.readyMs, stop: () => keep.dispose() });
}

/** A keep with an app that may read and create, and a view instance of it that may read. */
export async function keepSubject(
  name: 'keep' | 'distributed',
  admin: AdminClient,
  { pid, readyMs, stop }: Pick<Subject, 'pid' | 'readyMs' | 'stop'>,
): Promise<Subject> {
  const app = await admin.connectApp('Benchmark');
  for (const profile of [pageProfile, ingestProfile]) {
    await app.registerProfile(profile, benchSchema);
    await admin.grant(app, profile, ['read', 'create'], 'To be measured');
  }
  const instances = {
    javascript: await viewInstance(admin, app, 'javascript'),
    python: await viewInstance(admin, app, 'python'),
  };
  const headers = { authorization: `Bearer ${app.token}` };
  const byDay = (measures: object): LoadRequest => ({
    method: 'POST',
    path: '/app/v1/events/aggregate',
    headers,
    body: JSON.stringify({
      profile: pageProfile,
      groupBy: [{ field: 'metadata.createdDate', interval: 'day' }],
      measures,
    }),
    expect: 200,
  });
  const runOf = (instance: string): LoadRequest => ({
    method: 'POST',
    path: `/app/v1/view-instances/${instance}/runs`,
    headers: { ...headers, prefer: 'wait=30' },
    body: '{}',
    expect: 200,
    expectText: '"succeeded"',
  });
  return {
    name,
    url: admin.url,
    pid,
    readyMs,
    ingest: (body) => ({ method: 'POST', path: '/app/v1/events', headers, body, expect: 201 }),
    pageByCreatedDate: () => ({
      method: 'GET',
      path: `/app/v1/events?profile=${encodeURIComponent(pageProfile)}&limit=100`,
      headers,
      expect: 200,
    }),
    pageByPayloadField: () => ({
      method: 'POST',
      path: '/app/v1/events/query',
      headers,
      body: JSON.stringify({
        profile: pageProfile,
        sort: [{ field: 'payload.value', direction: 'ascending' }],
        limit: 100,
      }),
      expect: 200,
    }),
    countByDay: () => byDay({ events: { op: 'count' } }),
    sumByDay: () => byDay({ events: { op: 'count' }, sum: { op: 'sum', field: 'payload.value' } }),
    viewRun: () => runOf(instances.javascript),
    viewRunBesideTwo: () => runOf(instances.javascript),
    viewRunBesideSpawned: (language) => runOf(instances[language]),
    freshViewRun: async (language) => runOf(await viewInstance(admin, app, language)),
    stop,
  };
}

async function viewInstance(admin: AdminClient, app: AppClient, runtime: Language): Promise<string> {
  const [path, content] = viewSources[runtime];
  const template = await admin.makeViewTemplate({
    name: 'Sum of the newest 100',
    runtime,
    permissions: [{ profile: pageProfile, rights: ['read'] }],
    files: [{ path, content }],
  });
  const instance = await app.makeViewInstance(template.id, null);
  for (const permission of instance.permissions) await admin.approve(permission.id);
  return instance.id;
}
