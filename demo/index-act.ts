import { setTimeout as delay } from 'node:timers/promises';
import { figure } from '../bench/table.ts';
import type { AdminClient, AppClient, Json, Page } from '../test/support/keep-client.ts';
import { flightProfile, type Flight } from './datasets.ts';
import type { Story } from './story.ts';

interface IndexReport {
  readonly name: string;
  readonly profile: string;
  readonly state: string;
  readonly explanation: readonly string[];
  readonly history: readonly { readonly state: string; readonly reason: string }[];
}
interface Explained extends Page<{ readonly id: string }> {
  readonly explain: {
    readonly index: string | null;
    readonly milliseconds: number;
    readonly rowsExamined: number | null;
  };
}

const patienceMs = 120_000;
/** Interval of the queries: five a second. */
const pauseMs = 200;

/** The same slow query again and again, until the keep creates an index for it; then the same query, and why. */
export class IndexAct {
  readonly #story: Story;
  readonly #admin: AdminClient;
  readonly #app: AppClient;

  constructor(story: Story, admin: AdminClient, app: AppClient) {
    this.#story = story;
    this.#admin = admin;
    this.#app = app;
  }

  async play(records: readonly Flight[], timeFactor: number | undefined): Promise<void> {
    const distances = rareDistances(records);
    const bodyOf = (call: number): Record<string, Json> => ({
      profile: flightProfile,
      filter: { 'payload.distance': distances[call % distances.length] ?? 0 },
      limit: 100,
    });
    const before = await this.#explained(bodyOf(0));
    this.#story.say(`Flights of exactly ${distances[0]} miles: ${told(before)}`);
    if (timeFactor === undefined) {
      this.#story.say(
        'A keep in use watches a query for half an hour before it calls it a habit: look at /admin/v1/indexes later.',
      );
      return;
    }
    this.#story.say(
      `Such questions come, of one distance after the other. This keep weighs its indexes ${timeFactor} times ` +
        `as fast (INDEX_TIME_FACTOR), which takes half a minute.`,
    );
    const found = await this.#story.time(
      'queries asked until there was an index',
      () => this.#askUntilThere(bodyOf),
      ({ calls }) => calls,
    );
    const after = await this.#explained(bodyOf(0));
    this.#story.expect('the index that served it', after.explain.index, found.index.name);
    this.#story.expect(
      'the same answer',
      after.items.map(({ id }) => id),
      before.items.map(({ id }) => id),
    );
    this.#story.say(`The same question after ${found.calls} of them: ${told(after)}`);
    for (const sentence of found.index.explanation) this.#story.say(`  ${sentence}`);
  }

  async #askUntilThere(bodyOf: (call: number) => Record<string, Json>): Promise<{ index: IndexReport; calls: number }> {
    const begun = performance.now();
    let last: IndexReport | undefined;
    for (let calls = 1; performance.now() < begun + patienceMs; calls += 1) {
      await this.#app.query(bodyOf(calls));
      const seconds = Math.round((performance.now() - begun) / 1000);
      this.#story.progress(`${calls} asked in ${seconds} s; the index is ${last?.state ?? 'not thought of yet'}`);
      await delay(pauseMs);
      if (calls % 5 !== 0) continue;
      const { items } = await this.#admin.ask<{ items: IndexReport[] }>('GET', '/admin/v1/indexes');
      last = items.find(({ profile, state }) => profile === flightProfile && state !== 'declared');
      if (last?.state !== 'active') continue;
      this.#story.endProgress();
      return { index: last, calls };
    }
    this.#story.expect('the index, within two minutes', last?.history ?? 'not thought of', 'active');
    throw new Error('unreachable: the line above throws');
  }

  #explained(body: Record<string, Json>): Promise<Explained> {
    return this.#admin.ask<Explained>('POST', '/admin/v1/events/query?explain=true', { body });
  }
}

function told({ items, explain: { index, milliseconds, rowsExamined } }: Explained): string {
  const looked = rowsExamined === null ? '' : `, ${rowsExamined.toLocaleString('en-US')} events looked at`;
  return `${items.length} found in ${figure(milliseconds)} ms by ${index ?? 'no index'}${looked}.`;
}

/** Distances of which there are so few flights that no page is full: every such question looks at all of them. */
function rareDistances(records: readonly Flight[]): number[] {
  const flights = new Map<number, number>();
  for (const { payload } of records) flights.set(payload.distance, (flights.get(payload.distance) ?? 0) + 1);
  return [...flights].filter(([, count]) => count >= 5 && count < 100).map(([distance]) => distance);
}
