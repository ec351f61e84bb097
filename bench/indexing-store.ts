import { execFileSync } from 'node:child_process';
import { AdminClient, type AppClient } from '../test/support/keep-client.ts';
import { KeepProcess } from '../test/support/keep-process.ts';

export const fields = ['person', 'device', 'place', 'order'] as const;
export type Field = (typeof fields)[number];
export const batchEvents = 1000;
const firstDate = Date.parse('2026-01-01T00:00:00.000Z');

const schema = {
  type: 'object',
  required: [...fields],
  properties: Object.fromEntries([
    ...fields.map((field) => [field, { type: 'string' }] as const),
    ['amount', { type: 'number' }],
    ['note', { type: 'string' }],
  ]),
};

export const profileName = (number: number): string => `bench/profile-${number}`;

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
export class IndexingStore {
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

  static async start(profiles: number, values: number): Promise<IndexingStore> {
    const keep = await KeepProcess.start({ env: { INDEX_TIME_FACTOR: '600' } });
    const admin = await AdminClient.signIn(keep.url, keep.adminName, keep.adminPassword);
    const app = await admin.connectApp('Bench');
    for (let number = 0; number < profiles; number += 1) {
      await app.registerProfile(profileName(number), schema);
      await admin.grant(app, profileName(number), ['create', 'read']);
    }
    const store = new IndexingStore(keep, admin, app, values);
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
  async importFrom(other: IndexingStore, count: number): Promise<number> {
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

export async function timed(ask: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await ask();
  return performance.now() - begun;
}
