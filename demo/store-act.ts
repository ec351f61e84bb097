import { setTimeout as delay } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { ApiError, type AppClient, type NewEvent } from '../test/support/keep-client.ts';
import { flightProfile, weatherDays, type Flight } from './datasets.ts';
import type { Story } from './story.ts';

const batch = 1000;
const sendersAtOnce = 3;

/** Every flight and every day of weather sent and counted; the days a second time, which stores none. */
export class StoreAct {
  readonly #story: Story;

  constructor(story: Story) {
    this.#story = story;
  }

  async play(app: AppClient, records: readonly Flight[]): Promise<void> {
    const stored = await this.#story.time(
      'flights stored, batches of 1,000',
      () => this.#send(app, records),
      (count) => count,
    );
    this.#story.expect('flights stored', stored, records.length);
    const counted = await app.query(
      { profile: flightProfile, filter: { 'metadata.source': app.appId }, limit: 1 },
      true,
    );
    this.#story.expect('flights counted in the keep', counted.count, records.length);
    this.#story.say(`${records.length.toLocaleString('en-US')} flights stored, and counted again in the keep.`);

    const days = weatherDays();
    const first = await this.#story.time(
      'days of weather stored',
      () => this.#sendAll(app, days),
      ({ accepted }) => accepted,
    );
    this.#story.expect('days stored', first, { accepted: days.length, duplicates: 0 });
    const again = await this.#story.time(
      'the same days sent again',
      () => this.#sendAll(app, days),
      ({ duplicates }) => duplicates,
    );
    this.#story.expect('the same days again', again, { accepted: 0, duplicates: days.length });
    this.#story.say(
      `${days.length.toLocaleString('en-US')} days of weather stored; ` +
        `sent a second time, all were known as duplicates.`,
    );
  }

  async #send(app: AppClient, events: readonly NewEvent[]): Promise<number> {
    const bar = new SingleBar({
      format: '  {bar} {percentage} % | {value} of {total} | {eta_formatted} left',
      noTTYOutput: true,
      notTTYSchedule: 1000,
    });
    bar.start(events.length, 0);
    let next = 0;
    let stored = 0;
    const sender = async () => {
      while (next < events.length) {
        const some = events.slice(next, next + batch);
        next += some.length;
        const { accepted } = await this.#patiently(() => app.sendEvents(some, true));
        stored += accepted;
        bar.update(stored);
      }
    };
    try {
      await Promise.all(Array.from({ length: sendersAtOnce }, sender));
    } finally {
      bar.stop();
    }
    return stored;
  }

  /** A busy keep says 503 and that nothing was done: the same request is sent again a second later. */
  async #patiently<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request();
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'storage-busy' || attempt === 30) throw error;
        await delay(1000);
      }
    }
  }

  async #sendAll(app: AppClient, events: readonly NewEvent[]): Promise<{ accepted: number; duplicates: number }> {
    const sum = { accepted: 0, duplicates: 0 };
    for (let first = 0; first < events.length; first += batch) {
      const { accepted, duplicates } = await app.sendEvents(events.slice(first, first + batch), true);
      sum.accepted += accepted;
      sum.duplicates += duplicates;
    }
    return sum;
  }
}
