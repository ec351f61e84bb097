import { DatakeepError } from '@datakeep/kernel';
import { describe, expect, it } from 'vitest';
import { parseAggregation } from './aggregation-parser.ts';

const count = { events: { op: 'count' } };

function placesOf(body: unknown): string[] {
  try {
    parseAggregation(body);
  } catch (error) {
    if (error instanceof DatakeepError && error.status === 422)
      return error.errors.map(({ pointer, code }) => `${pointer} ${code}`);
    throw error;
  }
  return [];
}

describe('an aggregation', () => {
  it('needs its profile and one measure: one group of everything', () => {
    expect(parseAggregation({ profile: 'walk', measures: count })).toEqual({
      profile: 'walk',
      groupBy: [],
      measures: [{ name: 'events', op: 'count' }],
      sort: [],
      limit: 10_000,
      filtered: [],
    });
  });

  it('reads every member', () => {
    const body = {
      profile: 'walk',
      filter: { 'payload.activity': 'walking' },
      groupBy: [
        { field: 'metadata.createdDate', interval: 'day', timeZone: 'europe/prague' },
        { field: 'metadata.acceptedDate', interval: 'week' },
        { field: 'payload.a' },
      ],
      measures: { n: { op: 'count', field: 'payload.b' }, metres: { op: 'sum', field: 'payload.distance' } },
      sort: [{ by: 'metres', direction: 'descending' }, { by: 'key' }],
      limit: 10,
    };
    expect(parseAggregation(body)).toEqual({
      ...body,
      filter: { node: 'eq', field: 'payload.activity', value: 'walking' },
      groupBy: [
        { field: 'metadata.createdDate', interval: 'day', timeZone: 'Europe/Prague' },
        ...body.groupBy.slice(1),
      ],
      measures: [
        { name: 'n', op: 'count', field: 'payload.b' },
        { name: 'metres', op: 'sum', field: 'payload.distance' },
      ],
      sort: [
        { by: 'metres', direction: 'descending' },
        { by: 'key', direction: 'ascending' },
      ],
      filtered: ['payload.activity'],
    });
  });

  it.each<[unknown, string]>([
    [[], ' type'],
    [{ measures: count }, '/profile required'],
    [{ profile: 'walk' }, '/measures required'],
    [{ profile: 'walk', measures: [] }, '/measures type'],
    [{ profile: 'walk', measures: {} }, '/measures range'],
    [{ profile: 'walk', measures: { '': { op: 'count' } } }, '/measures/ measure'],
    [{ profile: 'walk', measures: { key: { op: 'count' } } }, '/measures/key measure'],
    [{ profile: 'walk', measures: { ['n'.repeat(65)]: { op: 'count' } } }, `/measures/${'n'.repeat(65)} measure`],
    [{ profile: 'walk', measures: { n: 'count' } }, '/measures/n type'],
    [{ profile: 'walk', measures: { n: {} } }, '/measures/n/op required'],
    [{ profile: 'walk', measures: { n: { op: 'median', field: 'payload.a' } } }, '/measures/n/op enum'],
    [{ profile: 'walk', measures: { n: { op: 'sum' } } }, '/measures/n/field required'],
    [{ profile: 'walk', measures: { n: { op: 'sum', field: 'steps' } } }, '/measures/n/field field'],
    [{ profile: 'walk', measures: { n: { op: 'sum', field: 1 } } }, '/measures/n/field type'],
    [{ profile: 'walk', measures: { 'a/b': { op: 'count', as: 1 } } }, '/measures/a~1b/as unknown-member'],
    [
      {
        profile: 'walk',
        measures: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`m${at}`, { op: 'count' }])),
      },
      '/measures too-complex',
    ],
    [{ profile: 'walk', measures: count, groupBy: 'payload.a' }, '/groupBy type'],
    [{ profile: 'walk', measures: count, groupBy: ['payload.a'] }, '/groupBy/0 type'],
    [{ profile: 'walk', measures: count, groupBy: [{}] }, '/groupBy/0/field required'],
    [{ profile: 'walk', measures: count, groupBy: [{ field: 'payload.$a' }] }, '/groupBy/0/field field'],
    [
      { profile: 'walk', measures: count, groupBy: Array.from({ length: 5 }, () => ({ field: 'payload.a' })) },
      '/groupBy too-complex',
    ],
    [
      { profile: 'walk', measures: count, groupBy: [{ field: 'metadata.createdDate', interval: 'quarter' }] },
      '/groupBy/0/interval enum',
    ],
    [
      {
        profile: 'walk',
        measures: count,
        groupBy: [{ field: 'metadata.createdDate', interval: 'day', timeZone: 'Europe/Atlantis' }],
      },
      '/groupBy/0/timeZone time-zone',
    ],
    [
      {
        profile: 'walk',
        measures: count,
        groupBy: [{ field: 'metadata.createdDate', interval: 'day', timeZone: '+01:00' }],
      },
      '/groupBy/0/timeZone time-zone',
    ],
    [
      { profile: 'walk', measures: count, groupBy: [{ field: 'metadata.createdDate', interval: 'day', timeZone: 1 }] },
      '/groupBy/0/timeZone type',
    ],
    [
      { profile: 'walk', measures: count, groupBy: [{ field: 'metadata.createdDate', timeZone: 'UTC' }] },
      '/groupBy/0/timeZone group-by',
    ],
    [{ profile: 'walk', measures: count, sort: [{ by: 'total' }] }, '/sort/0/by sort'],
    [{ profile: 'walk', measures: count, sort: [{ by: 'key' }, { by: 'key' }] }, '/sort/1/by sort'],
    [{ profile: 'walk', measures: count, sort: [{}] }, '/sort/0/by required'],
    [{ profile: 'walk', measures: count, sort: [{ by: 'events', direction: 'up' }] }, '/sort/0/direction enum'],
    [{ profile: 'walk', measures: count, limit: 0 }, '/limit range'],
    [{ profile: 'walk', measures: count, limit: 10_001 }, '/limit range'],
    [{ profile: 'walk', measures: count, limit: '1' }, '/limit type'],
    [{ profile: 'walk', measures: count, cursor: null }, '/cursor unknown-member'],
    [{ profile: 'walk', measures: count, filter: { 'payload.a': { $ne: 1 } } }, '/filter/payload.a/$ne operator'],
  ])('is refused: %j', (body, place) => {
    expect(placesOf(body)).toEqual([place]);
  });
});
