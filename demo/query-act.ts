import type { AppClient, Json, KeepEvent, Page } from '../test/support/keep-client.ts';
import { flightProfile, weatherProfile, type Flight } from './datasets.ts';
import type { Story } from './story.ts';

/** A count, a sorted page and a page of chosen fields, held against the records themselves. */
export class QueryAct {
  readonly #story: Story;

  constructor(story: Story) {
    this.#story = story;
  }

  async play(app: AppClient, records: readonly Flight[]): Promise<void> {
    const source = { 'metadata.source': app.appId };
    const query = <Payload>(
      name: string,
      body: Record<string, Json>,
      count = false,
    ): Promise<Page<KeepEvent<Payload>>> => this.#story.time(`query: ${name}`, () => app.query<Payload>(body, count));

    const late = await query(
      'flights over two hours late, counted',
      { profile: flightProfile, filter: { ...source, 'payload.delay': { gt: 120 } }, limit: 1 },
      true,
    );
    this.#story.expect(
      'flights over two hours late',
      late.count,
      records.filter(({ payload }) => payload.delay > 120).length,
    );
    this.#story.say(`Flights more than two hours late: ${late.count}`);

    const worst = await query<Flight['payload']>('the five longest delays', {
      profile: flightProfile,
      filter: source,
      sort: [{ field: 'payload.delay', direction: 'descending' }],
      limit: 5,
    });
    const delays = records.map(({ payload }) => payload.delay).toSorted((a, b) => b - a);
    this.#story.expect(
      'the longest delays',
      worst.items.map(({ payload }) => payload.delay),
      delays.slice(0, 5),
    );
    this.#story.say(
      `The longest delays: ${worst.items
        .map(({ payload, metadata }) => `${payload.delay} min (${metadata.createdDate.slice(0, 10)})`)
        .join(', ')}`,
    );

    const snow = await query<{ temperatureMin: number }>('the coldest days of snow', {
      profile: weatherProfile,
      filter: { ...source, 'payload.weather': 'snow' },
      sort: [{ field: 'payload.temperatureMin', direction: 'ascending' }],
      fields: ['payload.temperatureMin'],
      limit: 3,
    });
    this.#story.expect('days of snow on the page', snow.items.length, 3);
    this.#story.say(
      `The coldest days of snow: ${snow.items
        .map(({ payload, metadata }) => `${metadata.createdDate.slice(0, 10)} ${payload.temperatureMin} °C`)
        .join(', ')}`,
    );
  }
}
