/**
 * `npm run bench -- --indexing [--events 1000000]`: bulk import, reads and writes as the store grows, and an automatic
 * index, on keeps that run from `dist` and are called over HTTP only. Their index advisor's clock runs 600 times as
 * fast (INDEX_TIME_FACTOR), so that half an hour of observation takes three seconds.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { AdminClient, type AppClient } from '../test/support/keep-client.ts';
import { KeepProcess } from '../test/support/keep-process.ts';
import { figure, printTable } from './table.ts';

const fields = ['person', 'device', 'place', 'order'] as const;
type Field = (typeof fields)[number];
/** Events of a profile that hold one value of a field. */
const eventsOfValue = 20;
const batchEvents = 1000;
const firstDate = Date.parse('2026-01-01T00:00:00.000Z');
/** How long the index may take to be there, ms. */
const patienceMs = 180_000;

const schema = {
  type: 'object',
  required: [...fields],
  properties: Object.fromEntries([
    ...fields.map((field) => [field, { type: 'string' }] as const),
    ['amount', { type: 'number' }],
    ['note', { type: 'string' }],
  ]),
};

const profileName = (number: number): string => `bench/profile-${number}`;

/** Scattered and deterministic; each field in a different order. */
function valueOf(field: Field, number: number, values: number): string {
  const step = [7919, 104_729, 1_299_709, 15_485_863][fields.indexOf(field)] ?? 1;
  return `${field}-${(number * step) % values}`;
}

function eventText(profile: string, number: number, values: number): string {
  const payload = Object.fromEntries(fields.map((field) => [field, valueOf(field, number, values)] as const));
  const createdDate = new Date(firstDate + number * 30_000).toISOString();
  return JSON.stringify({
    metadata: { profile, createdDate },
    payload: { ...payload, amount: number % 997, note: `measured on the way, entry ${number}` },
  });
}

/** A keep with an app that may write and read every profile. */
class Store {
  readonly process: KeepProcess;
  readonly admin: AdminClient;
  readonly app: AppClient;
  readonly #values: number;
  #next = 0;
  peakMib = 0;

  private constructor(process: KeepProcess, admin: AdminClient, app: AppClient, values: number) {
    this.process = process;
    this.admin = admin;
    this.app = app;
    this.#values = values;
  }

  static async start(profiles: number, values: number): Promise<Store> {
    const keep = await KeepProcess.start({ env: { INDEX_TIME_FACTOR: '600' } });
    const admin = await AdminClient.signIn(keep.url, keep.adminName, keep.adminPassword);
    const app = await admin.connectApp('Bench');
    for (let number = 0; number < profiles; number += 1) {
      await app.registerProfile(profileName(number), schema);
      await admin.grant(app, profileName(number), ['create', 'read']);
    }
    const store = new Store(keep, admin, app, values);
    await store.setMode('off');
    return store;
  }

  setMode(mode: 'off' | 'auto'): Promise<unknown> {
    return this.admin.ask('PUT', '/admin/v1/index-policy', { body: { mode, spaceBudget: 5 } });
  }

  /** Events a second in batches of 1,000, one after the other. */
  async batches(count: number, profiles: number): Promise<number> {
    const begun = performance.now();
    for (let sent = 0; sent < count; sent += batchEvents) {
      const body = `{"events":[${this.#texts(batchEvents, profiles).join(',')}]}`;
      await this.app.ask('POST', '/app/v1/events', { body, headers: { prefer: 'return=minimal' } });
    }
    return (count * 1000) / (performance.now() - begun);
  }

  /** Events a second as one stream of lines; the keep's resident memory meanwhile is in `peakMib`. */
  async lines(count: number, profiles: number): Promise<number> {
    const texts = (size: number): string[] => this.#texts(size, profiles);
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const size = Math.min(500, count - sent);
        sent += size;
        controller.enqueue(Buffer.from(`${texts(size).join('\n')}\n`));
        if (sent === count) controller.close();
      },
    });
    let sent = 0;
    return this.#streamed('/app/v1/events', this.app.token, body, count);
  }

  /** An export of another store, straight in. */
  async importFrom(other: Store, count: number): Promise<number> {
    await other.admin.confirm();
    const exported = await fetch(`${other.process.url}/admin/v1/events/export`, {
      method: 'POST',
      headers: { authorization: `Bearer ${other.admin.token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    if (exported.body === null) throw new Error('nothing was exported');
    return this.#streamed('/admin/v1/events/import', this.admin.token, exported.body, count);
  }

  async #streamed(
    path: string,
    token: string | undefined,
    body: ReadableStream<Uint8Array>,
    count: number,
  ): Promise<number> {
    this.peakMib = 0;
    const watch = setInterval(() => (this.peakMib = Math.max(this.peakMib, residentMib(this.process.pid))), 250);
    const begun = performance.now();
    try {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' };
      const response = await fetch(`${this.process.url}${path}`, {
        method: 'POST',
        headers,
        body,
        duplex: 'half',
      } as RequestInit);
      const last = (await response.text()).trimEnd().split('\n').at(-1) ?? '';
      if (!last.includes(`"accepted":${count},`)) throw new Error(`the stream was not stored: ${last.slice(0, 500)}`);
      return (count * 1000) / (performance.now() - begun);
    } finally {
      clearInterval(watch);
    }
  }

  /** Milliseconds of the newest 100 of the first profile. */
  page(): Promise<number> {
    return timed(() => this.app.query({ profile: profileName(0), limit: 100 }));
  }

  /** Milliseconds of a question for one value. */
  selective(field: Field, number: number): Promise<number> {
    return timed(() =>
      this.app.query({
        profile: profileName(0),
        filter: { [`payload.${field}`]: valueOf(field, number, this.#values) },
        limit: 100,
      }),
    );
  }

  countByDay(): Promise<number> {
    const body = {
      profile: profileName(0),
      groupBy: [{ field: 'metadata.createdDate', interval: 'day', timeZone: 'UTC' }],
      measures: { events: { op: 'count' } },
      limit: 10_000,
    };
    return timed(() => this.app.ask('POST', '/app/v1/events/aggregate', { body }));
  }

  async indexes(): Promise<readonly Index[]> {
    const { items } = await this.admin.ask<{ items: readonly Index[] }>('GET', '/admin/v1/indexes');
    return items.filter(({ state }) => state !== 'declared');
  }

  #texts(size: number, profiles: number): string[] {
    return Array.from({ length: size }, () => {
      const number = this.#next++;
      return eventText(profileName(number % profiles), Math.floor(number / profiles), this.#values);
    });
  }
}

interface Index {
  readonly id: string;
  readonly state: string;
  readonly keys: readonly { readonly field: string }[];
  readonly history: readonly { readonly reason: string }[];
}

function residentMib(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

async function timed(ask: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await ask();
  return performance.now() - begun;
}

async function median(times: number, ask: (number: number) => Promise<number>): Promise<number> {
  const taken: number[] = [];
  for (let number = 0; number < times; number += 1) taken.push(await ask(number));
  return taken.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN;
}

/** The statement of the count by day in the bare engine, on the keep's own file. */
async function bareCountByDay(store: Store): Promise<number> {
  const file = readdirSync(store.process.dataDir, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('events.sqlite'),
  );
  if (file === undefined) throw new Error('the keep has no file of events');
  const database = new DatabaseSync(join(store.process.dataDir, file), { readOnly: true });
  try {
    const statement = database.prepare(
      'SELECT created / 86400000 * 86400000 AS day, count(*) FROM events WHERE profile = (SELECT code ' +
        'FROM profiles WHERE name = ?) GROUP BY day ORDER BY day',
    );
    return await median(5, () => timed(() => Promise.resolve(statement.all(profileName(0)))));
  } finally {
    database.close();
  }
}

/**
 * Queries by every field in turn until each has its index; returns how long that took, and the longest request
 * meanwhile, ms.
 */
async function untilIndexed(store: Store): Promise<{ tookMs: number; longestMs: number; indexed: number }> {
  await store.setMode('auto');
  const begun = performance.now();
  let longestMs = 0;
  let indexed = new Set<string>();
  for (let number = 0; indexed.size < fields.length && performance.now() - begun < patienceMs; number += 1) {
    for (const field of fields) longestMs = Math.max(longestMs, await store.selective(field, number * 31));
    longestMs = Math.max(longestMs, await store.page());
    await delay(20);
    if (number % 10 > 0) continue;
    const made = (await store.indexes()).filter(({ state }) => state === 'probation' || state === 'active');
    indexed = new Set(made.map(({ keys }) => keys.map(({ field }) => field).join(' ')));
  }
  const last = await store.indexes();
  if (indexed.size < fields.length)
    for (const { state, keys, history } of last)
      console.log(`! ${keys.map(({ field }) => field).join(' ')} is ${state}: ${history.at(-1)?.reason ?? ''}`);
  for (const { id, state } of last)
    if (state === 'probation' || state === 'active') await store.admin.ask('POST', `/admin/v1/indexes/${id}/keep`);
  await store.setMode('off');
  return { tookMs: performance.now() - begun, longestMs, indexed: indexed.size };
}

export async function benchIndexing(events: number): Promise<void> {
  const profiles = Math.max(1, Math.min(20, Math.floor(events / 10_000)));
  const slice = Math.max(batchEvents, Math.min(100_000, Math.floor(events / 5 / batchEvents) * batchEvents));
  const few = Math.min(10_000, slice);
  const values = Math.max(1, Math.floor(events / profiles / eventsOfValue));
  const table: string[][] = [];
  const row = (name: string, ...cells: string[]): void => {
    table.push([name, ...cells]);
    process.stderr.write(`measured: ${[name, ...cells].join(', ')}\n`);
  };
  const one = await Store.start(1, values);
  const all = await Store.start(profiles, values);
  const copy = await Store.start(0, values);
  try {
    await all.batches(few, profiles);
    const pageOfFew = await median(200, () => all.page());
    // A process that has just started is not yet as fast as it gets.
    await one.batches(few, 1);
    const empty = await one.batches(slice, 1);
    row(`batches of 1,000 into an almost empty store, ${slice} events`, `${figure(empty)} /s`);
    const lines = await all.lines(events - few, profiles);
    row(
      `NDJSON, ${events - few} events`,
      `${figure(lines)} /s`,
      `${figure(lines / empty)} of batches`,
      `RSS ≤ ${figure(all.peakMib)} MiB`,
    );
    const imported = await copy.importFrom(all, events);
    row(`export into import, ${events} events`, `${figure(imported)} /s`, '', `RSS ≤ ${figure(copy.peakMib)} MiB`);
    row(`page of 100 by createdDate, ${few} events in store`, `p50 ${figure(pageOfFew)} ms`);
    const pageOfAll = await median(200, () => all.page());
    row(
      `page of 100 by createdDate, ${events} events in store`,
      `p50 ${figure(pageOfAll)} ms`,
      `${figure(pageOfAll / pageOfFew)} ×`,
    );
    const full = await all.batches(slice, 1);
    row(
      'batches of 1,000 into the full store, no automatic index',
      `${figure(full)} /s`,
      `${figure(full / empty)} of empty`,
    );
    const before = await median(15, (number) => all.selective('person', number));
    const { tookMs, longestMs, indexed } = await untilIndexed(all);
    const after = await median(200, (number) => all.selective('person', number));
    row('a payload field, before its index', `p50 ${figure(before)} ms`);
    row('a payload field, after', `p50 ${figure(after)} ms`, `${figure(before / after)} × faster`);
    row(
      `until ${indexed} of ${fields.length} indexes were there`,
      `${figure(tookMs / 1000)} s`,
      `longest request ${figure(longestMs)} ms`,
    );
    const spread = await all.batches(slice, profiles);
    row(
      `the same over all profiles, one of which has ${indexed} automatic indexes`,
      `${figure(spread)} /s`,
      `${figure(spread / empty)} of empty`,
    );
    const four = await all.batches(slice, 1);
    row('the same, all into that one', `${figure(four)} /s`, `${figure(four / empty)} of empty`);
    await one.lines(events - slice - few, 1);
    await one.countByDay();
    const [keep, bare] = [await median(5, () => one.countByDay()), await bareCountByDay(one)];
    row(
      `count by day, ${events} events of one profile`,
      `p50 ${figure(keep)} ms`,
      `${figure(keep / bare)} × the bare statement`,
    );
  } finally {
    console.log(`\n${events} events over ${profiles} profiles; one client\n`);
    printTable(
      ['row', 'measured', 'beside', 'memory'],
      table.map((cells) => [...cells, '', ''].slice(0, 4)),
    );
    for (const store of [one, all, copy]) await store.process.dispose();
  }
}
