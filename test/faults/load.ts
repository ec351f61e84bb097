import { setTimeout as delay } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { type AdminClient, AppClient, type IngestAnswer, type Page, type Run } from '../support/keep-client.ts';
import { permittedInstance, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';

/** Returns its input, after a moment in which it can be killed. */
const shortView = {
  name: 'Short',
  runtime: 'javascript',
  permissions: [{ profile: walkProfile, rights: ['read'] as const }],
  files: [
    {
      path: 'main.js',
      content:
        'module.exports = async ({ clientCustomData }) => { await new Promise((resolve) => setTimeout(resolve, ' +
        '20)); return clientCustomData; };',
    },
  ],
};

/** An answer of 500 and above, or none. */
export interface Refusal {
  readonly what: 'event' | 'query' | 'run';
  readonly askedAt: number;
  /** 0: the connection failed. */
  readonly status: number;
  readonly code: string;
}

/** How the runs and events of a load ended, by the keep's own account. */
export interface Account {
  readonly acknowledged: number;
  readonly absent: number;
  readonly twice: number;
  readonly runs: number;
  readonly unfinished: number;
  readonly twoResults: number;
  readonly wrongResults: number;
  readonly states: Readonly<Record<string, number>>;
}

/**
 * The load on one keep: 8 writers whose events have identifiers and are sent until they are acknowledged, 2 readers,
 * and 4 callers that start runs.
 */
export class Load {
  readonly acknowledged = new Map<string, string>();
  /** What each accepted run was asked with. */
  readonly asked = new Map<string, number>();
  readonly refusals: Refusal[] = [];
  /** ms that each answered event and query took. */
  readonly latencies: number[] = [];
  readonly app: AppClient;
  readonly #admin: AdminClient;
  readonly #apps: readonly AppClient[];
  readonly #name: string;
  readonly #instance: string;
  readonly #runs: number;
  readonly #work: Promise<unknown>[] = [];
  #next = 0;
  #going = true;

  private constructor(admin: AdminClient, name: string, apps: readonly AppClient[], instance: string, runs: number) {
    this.#admin = admin;
    this.#name = name;
    this.#apps = apps;
    this.app = apps[0]!;
    this.#instance = instance;
    this.#runs = runs;
  }

  /**
   * Puts a new app under load at once. `urls`: the gateways, tried in turn when one refuses connections. `runs`: the
   * number of runs to be accepted in all.
   */
  static async start(
    admin: AdminClient,
    name: string,
    runs: number,
    urls: readonly string[] = [admin.url],
  ): Promise<Load> {
    const app = await walkingApp(admin, name);
    const instance = await permittedInstance(admin, app, { ...shortView, name });
    const apps = urls.map((url) => new AppClient(url, app.token!, app.appId));
    const load = new Load(admin, name, apps, instance, runs);
    load.#work.push(
      ...Array.from({ length: 8 }, (_, writer) => load.#write(writer)),
      ...Array.from({ length: 2 }, (_, reader) => load.#read(reader)),
      ...Array.from({ length: 4 }, (_, caller) => load.#run(caller)),
    );
    return load;
  }

  /** Resolves when that many more events were acknowledged. */
  async more(events: number): Promise<void> {
    const wanted = this.acknowledged.size + events;
    await vi.waitFor(() => expect(this.acknowledged.size).toBeGreaterThanOrEqual(wanted), {
      interval: 10,
    });
  }

  /** Ends the load once every event was acknowledged and as many runs were accepted as were wanted. */
  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#work);
  }

  /** Waits until no run is under way any more, and counts. */
  async settle(timeoutMs = 150_000): Promise<Account> {
    const underWay = async (): Promise<number> => {
      const pages = await Promise.all(
        ['queued', 'running'].map((state) => this.app.ask<Page<Run>>('GET', `/app/v1/runs?limit=1000&state=${state}`)),
      );
      return pages.reduce((sum, { items }) => sum + items.length, 0);
    };
    await vi
      .waitFor(async () => expect(await underWay()).toBe(0), { timeout: timeoutMs, interval: 250 })
      .catch(() => undefined);
    const events = await everyEvent(this.app);
    const seen = new Map<string, number>();
    for (const { metadata } of events) seen.set(metadata.identifier, (seen.get(metadata.identifier) ?? 0) + 1);
    const stored = new Set(events.map(({ id }) => id));
    const runs = await everyItem<Run>(this.app, '/app/v1/runs?limit=1000');
    const told = (
      await everyItem<{ actor: { id: string } }>(this.#admin, '/admin/v1/audit?action=run.finished&limit=1000')
    ).map(({ actor }) => actor.id);
    const states: Record<string, number> = {};
    for (const { state, error } of runs) {
      const name = error ? `${state} (${error.code})` : state;
      states[name] = (states[name] ?? 0) + 1;
    }
    const known = new Set(runs.map(({ id }) => id));
    return {
      acknowledged: this.acknowledged.size,
      absent: [...this.acknowledged.values()].filter((id) => !stored.has(id)).length,
      twice: [...seen.values()].filter((times) => times > 1).length,
      runs: runs.length,
      unfinished:
        runs.filter(({ state }) => state === 'queued' || state === 'running').length +
        [...this.asked.keys()].filter((id) => !known.has(id)).length,
      twoResults: told.length - new Set(told).size,
      wrongResults: runs.filter(
        ({ id, state, result }) => state === 'succeeded' && this.asked.has(id) && result !== this.asked.get(id),
      ).length,
      states,
    };
  }

  async #write(writer: number): Promise<void> {
    for (let n = 0; this.#going; n += 1) {
      const identifier = `${this.#name}-${writer}-${n}`;
      const answer = await this.#until<IngestAnswer>('event', writer, 'POST', '/app/v1/events', {
        events: [walk(n, { identifier })],
      });
      if (answer) this.acknowledged.set(identifier, answer.events![0]!.id);
    }
  }

  async #read(reader: number): Promise<void> {
    while (this.#going) {
      await this.#once('query', reader, 'POST', '/app/v1/events/query', { profile: walkProfile, limit: 10 });
      await delay(20);
    }
  }

  async #run(caller: number): Promise<void> {
    while (this.asked.size < this.#runs) {
      const number = this.#next++;
      const run = await this.#once<Run>('run', caller, 'POST', `/app/v1/view-instances/${this.#instance}/runs`, {
        clientCustomData: number,
      });
      if (run) this.asked.set(run.id, number);
      await delay(run ? Math.random() * 200 : 50);
    }
  }

  async #until<T>(
    what: Refusal['what'],
    who: number,
    method: string,
    path: string,
    body: unknown,
  ): Promise<T | undefined> {
    for (let time = who; ; time += 1) {
      const answer = await this.#once<T>(what, time, method, path, body);
      if (answer) return answer;
      await delay(20);
    }
  }

  async #once<T>(
    what: Refusal['what'],
    time: number,
    method: string,
    path: string,
    body: unknown,
  ): Promise<T | undefined> {
    const askedAt = performance.now();
    try {
      const answer = await this.#apps[time % this.#apps.length]!.send<T>(method, path, { body });
      if (answer.status < 400) {
        if (what !== 'run') this.latencies.push(performance.now() - askedAt);
        return answer.body;
      }
      this.refusals.push({ what, askedAt, status: answer.status, code: (answer.body as { code?: string }).code ?? '' });
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } };
      this.refusals.push({ what, askedAt, status: 0, code: cause?.code ?? 'no connection' });
    }
    return undefined;
  }
}

async function everyItem<Item>(client: AppClient | AdminClient, path: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await client.ask(
      'GET',
      cursor === null ? path : `${path}&cursor=${encodeURIComponent(cursor)}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

async function everyEvent(app: AppClient): Promise<{ id: string; metadata: { identifier: string } }[]> {
  const events: { id: string; metadata: { identifier: string } }[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<{ id: string; metadata: { identifier?: string } }> = await app.query({
      profile: walkProfile,
      limit: 1000,
      cursor,
    });
    for (const { id, metadata } of page.items) events.push({ id, metadata: { identifier: metadata.identifier! } });
    cursor = page.nextCursor;
  } while (cursor !== null);
  return events;
}

/** The part of every account that must be so. */
export const nothingLost = { absent: 0, twice: 0, unfinished: 0, twoResults: 0, wrongResults: 0 } as const;

export function print(fault: string, figures: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`FAULT ${fault}: ${JSON.stringify(figures)}\n`);
}

/** `503 storage-unreachable: 12, …` of a list of refusals. */
export function byCode(refusals: readonly Refusal[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { what, status, code } of refusals)
    counts[`${what} ${status} ${code}`] = (counts[`${what} ${status} ${code}`] ?? 0) + 1;
  return counts;
}
