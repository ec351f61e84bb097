import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DefaultChangeFeedService } from '../changes/change-feed-service.ts';
import { admin, appCaller, type EventServiceFixture, openEventService, runCaller } from './event-service.fixture.ts';

const appId = 'a1'.repeat(12);
const app = appCaller(appId);
const refused = { code: 'rate-limited', message: expect.stringContaining('`rowsPerMinute` is 6') };

describe('the rows that an app is handed out in a minute', () => {
  let fixture: EventServiceFixture;
  let changeFeed: DefaultChangeFeedService;
  const ids: string[] = [];
  const body = JSON.stringify({ profile: 'walk' });
  const aggregation = JSON.stringify({
    profile: 'walk',
    groupBy: [{ field: 'payload.activity' }],
    measures: { steps: { op: 'sum', field: 'payload.steps' } },
  });

  beforeAll(async () => {
    fixture = await openEventService({ rowsPerMinute: 6 });
    changeFeed = new DefaultChangeFeedService({ ...fixture, consent: fixture.grants, queryTimeoutMs: 5000 });
    for (const holder of [appId, 'b1'.repeat(12)]) fixture.grants.grant(holder, 'walk', 'read', 'create');
    const events = ['a', 'b', 'c', 'd'].map((activity) => ({
      metadata: { profile: 'walk' },
      payload: { activity, steps: 1 },
    }));
    const stored = await fixture.events.ingest(app, JSON.stringify({ events }));
    ids.push(...stored.events.map(({ id }) => id));
  });
  afterAll(() => fixture.close());

  it('are counted at every way in, and one page may pass the limit', async () => {
    await fixture.events.query(app, body);
    await fixture.events.get(app, ids[0]!);
    expect(await fixture.rows.used(appId)).toBe(5);
    await fixture.events.aggregate(app, aggregation);
    expect(await fixture.rows.used(appId)).toBe(9);
    for (const read of [
      () => fixture.events.query(app, body),
      () => fixture.events.list(app, { profile: 'walk' }),
      () => fixture.events.get(app, ids[0]!),
      () => fixture.events.aggregate(app, aggregation),
      () => changeFeed.changes(app, {}),
      () => changeFeed.follow(app, {}, undefined, new AbortController().signal),
    ])
      await expect(read()).rejects.toMatchObject({ ...refused, retryAfterSeconds: 40 });
  });

  it('flow off, steadily, and are counted in the change feed too', async () => {
    await fixture.clock.advance(39_000);
    await expect(fixture.events.get(app, ids[0]!)).rejects.toMatchObject(refused);
    await fixture.clock.advance(1000);
    expect(await changeFeed.changes(app, {})).toMatchObject({ items: 4 });
    await expect(changeFeed.changes(app, {})).rejects.toMatchObject({ ...refused, retryAfterSeconds: 40 });
  });

  it('are not those of another app, of a view instance, or of the admin', async () => {
    for (const caller of [appCaller('b1'.repeat(12)), runCaller(appId, appId), admin])
      expect(await fixture.events.query(caller, body)).toMatchObject({ items: 4 });
    await fixture.clock.advance(90_000);
    for (let read = 0; read < 5; read += 1) await fixture.events.query(admin, body);
    expect(await fixture.rows.used(appId)).toBe(0);
  });

  it('hold up a stream that handed out too many, which goes on later', async () => {
    const stop = new AbortController();
    let told = 0;
    const stream = await changeFeed.follow(app, {}, undefined, stop.signal);
    const reading = (async () => {
      for await (const { changes } of stream) told += changes.length;
    })().catch(() => undefined);
    const untilTold = (count: number): Promise<void> =>
      expect.poll(() => fixture.clock.advance(250).then(() => told)).toBe(count);
    const send = (count: number): Promise<unknown> => {
      const event = { metadata: { profile: 'walk' }, payload: { activity: 'e' } };
      return fixture.events.ingest(app, JSON.stringify({ events: Array.from({ length: count }, () => event) }));
    };
    await send(8);
    await untilTold(8);
    const began = fixture.clock.now();
    await send(1);
    await untilTold(9);
    expect(fixture.clock.now() - began).toBeGreaterThan(20_000);
    stop.abort();
    await reading;
  });
});
