import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  admin,
  appCaller,
  openEventService,
  refusal,
  runCaller,
  type EventServiceFixture,
} from './event-service.fixture.ts';

const appId = 'a1'.repeat(12);
const instanceId = 'b2'.repeat(12);
const app = appCaller(appId);
let fixture: EventServiceFixture;

beforeAll(async () => {
  fixture = await openEventService();
  fixture.grants.grant(appId, 'walk', 'read', 'create');
  fixture.grants.grant(instanceId, 'walk', 'create');
  const events = [{ activity: 'walking', steps: 100 }, { activity: 'walking', steps: 50 }, { activity: 'running' }].map(
    (payload) => ({
      metadata: { profile: 'walk', createdDate: '2026-03-29T00:30:00Z' },
      payload,
    }),
  );
  await fixture.events.ingest(app, JSON.stringify({ events }));
});
afterAll(() => fixture.close());

const ask = (body: object, caller: Parameters<EventServiceFixture['events']['aggregate']>[0] = app) =>
  fixture.events.aggregate(caller, JSON.stringify(body));
const steps = { steps: { op: 'sum', field: 'payload.steps' } };

describe('an aggregation at the event service', () => {
  it('is answered to whom may read', async () => {
    const answer = await ask({
      profile: 'walk',
      groupBy: [{ field: 'payload.activity' }],
      measures: steps,
      sort: [{ by: 'steps', direction: 'descending' }],
    });
    expect(JSON.parse(answer.json)).toEqual({
      groups: [
        { key: ['walking'], steps: 150 },
        { key: ['running'], steps: 0 },
      ],
      truncated: false,
    });
    expect(answer.items).toBe(2);
    const days = [{ field: 'metadata.createdDate', interval: 'day', timeZone: 'Europe/Prague' }];
    expect(JSON.parse((await ask({ profile: 'walk', groupBy: days, measures: steps }, admin)).json)).toEqual({
      groups: [{ key: ['2026-03-29T00:00:00+01:00'], steps: 150 }],
      truncated: false,
    });
  });

  it('and to nobody else', async () => {
    expect(await refusal(ask({ profile: 'walk', measures: steps }, appCaller('f'.repeat(24))))).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    expect(await refusal(ask({ profile: 'walk', measures: steps }, runCaller(instanceId, appId)))).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    expect(await refusal(ask({ profile: 'swim', measures: steps }))).toMatchObject({
      status: 422,
      places: ['/profile unknown-profile'],
    });
  });

  it.each<[object, string]>([
    [{ groupBy: [{ field: 'payload.tags' }], measures: steps }, '/groupBy/0/field group-by'],
    [{ groupBy: [{ field: 'payload.mood' }], measures: steps }, '/groupBy/0/field group-by'],
    [{ groupBy: [{ field: 'payload.activity', interval: 'day' }], measures: steps }, '/groupBy/0/interval group-by'],
    [{ groupBy: [{ field: 'metadata.version', interval: 'day' }], measures: steps }, '/groupBy/0/interval group-by'],
    [{ measures: { n: { op: 'sum', field: 'payload.activity' } } }, '/measures/n/field measure'],
    [{ measures: { n: { op: 'avg', field: 'metadata.createdDate' } } }, '/measures/n/field measure'],
    [{ measures: { n: { op: 'max', field: 'payload.tags' } } }, '/measures/n/field measure'],
    [{ measures: { n: { op: 'count', field: 'payload.mood' } } }, '/measures/n/field measure'],
  ])('is refused where the schema does not bear it: %j', async (body, place) => {
    expect(await refusal(ask({ profile: 'walk', ...body }))).toMatchObject({
      status: 422,
      code: 'invalid',
      places: [place],
    });
  });

  it('names the measure whose sum is beyond the doubles', async () => {
    const flight = { metadata: { profile: 'walk' }, payload: { activity: 'flying', steps: 1e308 } };
    await fixture.events.ingest(app, JSON.stringify({ events: [flight, flight] }));
    const body = {
      profile: 'walk',
      filter: { 'payload.activity': 'flying' },
      measures: { 'a/b': { op: 'sum', field: 'payload.steps' } },
    };
    expect(await refusal(ask(body))).toMatchObject({ code: 'invalid', places: ['/measures/a~1b inexact-number'] });
  });
});
