import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  groupLimits,
  type Aggregation,
  type DataStorage,
  type FieldKind,
  type Filter,
  type GroupKey,
  type Measure,
  type Scalar,
} from '@datakeep/contracts';
import { anEvent, code, fieldsOf, metadataKinds, profile, type Harness, type Place } from './data-storage.fixture.ts';

type Asked = Partial<Omit<Aggregation, 'kinds' | 'measures'>> & {
  readonly measures?: Readonly<Record<string, Omit<Measure, 'name'>>>;
  readonly kinds?: Readonly<Record<string, FieldKind>>;
};

const count = { events: { op: 'count' } } as const;
const byCreated = (interval: GroupKey['interval'] & string, timeZone?: string): GroupKey[] => [
  { field: 'metadata.createdDate', interval, ...(timeZone === undefined ? {} : { timeZone }) },
];

/** The payload fields of these tests: `n` and `m` are numbers, `done` is a boolean, any other is a string. */
function kindOf(field: string): FieldKind {
  if (field === 'payload.n' || field === 'payload.m') return 'number';
  return metadataKinds[field] ?? (field === 'payload.done' ? 'boolean' : 'string');
}

export function anAggregation({ measures = count, kinds, ...asked }: Asked = {}): Aggregation {
  const list = Object.entries(measures).map(([name, measure]) => ({ name, ...measure }));
  const named = [
    ...(asked.groupBy ?? []).map((key) => key.field),
    ...list.flatMap(({ field }) => field ?? []),
    ...(asked.filter ? fieldsOf(asked.filter) : []),
  ];
  return {
    profile,
    groupBy: [],
    sort: [],
    limit: groupLimits.groups,
    arrays: [],
    timeoutMs: 60_000,
    ...asked,
    measures: list,
    kinds: { ...Object.fromEntries(named.map((field) => [field, kindOf(field)])), ...kinds },
  };
}

/** The contract of aggregation, for every engine and stand-in. */
export function aggregationLaw({ engine, place: newPlace }: Harness): void {
  describe(`${engine} aggregates`, () => {
    let place: Place;
    let storage: DataStorage;
    beforeEach(async () => {
      place = await newPlace();
      storage = await place.open();
    });
    afterEach(async () => {
      await storage.close();
      await place.discard();
    });

    const groups = async (asked: Asked = {}): Promise<Record<string, unknown>[]> => {
      const answer = await storage.aggregate(anAggregation(asked));
      const parsed = JSON.parse(answer.groupsJson) as Record<string, unknown>[];
      expect(answer.length).toBe(parsed.length);
      return parsed;
    };
    const store = (...payloads: unknown[]) => storage.append(payloads.map((payload) => anEvent(payload)));
    const storeAt = (...dates: string[]) =>
      storage.append(dates.map((date) => anEvent({}, { createdAt: Date.parse(date) })));
    const sumOf = async (...values: number[]): Promise<unknown> => {
      await store(...values.map((n) => ({ n })));
      return (await groups({ measures: { sum: { op: 'sum', field: 'payload.n' } } }))[0]?.['sum'];
    };
    /** Each group as `[key, …, first measure]`. */
    const rows = async (asked: Asked): Promise<unknown[]> =>
      (await groups(asked)).map(({ key, ...measures }) => [...(key as Scalar[]), ...Object.values(measures)]);

    test('nothing into one group without keys, and into none with them', async () => {
      const measures = {
        events: { op: 'count' },
        values: { op: 'count', field: 'payload.n' },
        sum: { op: 'sum', field: 'payload.n' },
        distinct: { op: 'distinct', field: 'payload.n' },
        avg: { op: 'avg', field: 'payload.n' },
        min: { op: 'min', field: 'payload.n' },
        max: { op: 'max', field: 'payload.n' },
      } as const;
      const nothing = { key: [], events: 0, values: 0, sum: 0, distinct: 0, avg: null, min: null, max: null };
      expect(await groups({ measures })).toEqual([nothing]);
      expect(await groups({ measures, groupBy: [{ field: 'payload.kind' }] })).toEqual([]);
      await store({}, { n: null });
      expect(await groups({ measures })).toEqual([{ ...nothing, events: 2 }]);
    });

    test('absent and null into one group, first, and counts no value there', async () => {
      await store({ kind: 'b', n: 1 }, {}, { kind: null, n: null }, { kind: 'a', n: 2 }, { kind: 'b' });
      const measures = { events: { op: 'count' }, values: { op: 'count', field: 'payload.n' } } as const;
      expect(await rows({ groupBy: [{ field: 'payload.kind' }], measures })).toEqual([
        [null, 2, 0],
        ['a', 1, 1],
        ['b', 2, 1],
      ]);
    });

    test('each operation', async () => {
      await store({ n: 3, kind: 'b', done: true }, { n: 1.5, kind: 'a' }, { n: 3, kind: 'b', done: false });
      const of = (field: string) =>
        ({ min: { op: 'min', field }, max: { op: 'max', field }, distinct: { op: 'distinct', field } }) as const;
      expect(
        await groups({
          measures: {
            ...of('payload.n'),
            sum: { op: 'sum', field: 'payload.n' },
            avg: { op: 'avg', field: 'payload.n' },
          },
        }),
      ).toEqual([{ key: [], min: 1.5, max: 3, distinct: 2, sum: 7.5, avg: 2.5 }]);
      expect(await groups({ measures: of('payload.kind') })).toEqual([{ key: [], min: 'a', max: 'b', distinct: 2 }]);
      expect(await groups({ measures: of('payload.done') })).toEqual([{ key: [], min: false, max: true, distinct: 2 }]);
    });

    test('metadata: dates come as RFC 3339', async () => {
      const at = (created: string, version: string) =>
        anEvent({}, { createdAt: Date.parse(created), acceptedAt: 0, source: version.repeat(24) });
      await storage.append([
        at('2026-01-01T00:00:00.123Z', '1'),
        at('2026-01-02T00:00:00Z', '2'),
        at('2026-01-02T00:00:00Z', '2'),
      ]);
      expect(await rows({ groupBy: [{ field: 'metadata.source' }, { field: 'metadata.createdDate' }] })).toEqual([
        ['1'.repeat(24), '2026-01-01T00:00:00.123Z', 1],
        ['2'.repeat(24), '2026-01-02T00:00:00.000Z', 2],
      ]);
      const measures = {
        first: { op: 'min', field: 'metadata.createdDate' },
        last: { op: 'max', field: 'metadata.acceptedDate' },
        versions: { op: 'sum', field: 'metadata.version' },
        identifiers: { op: 'distinct', field: 'metadata.identifier' },
      } as const;
      const one = { first: '2026-01-01T00:00:00.123Z', last: '1970-01-01T00:00:00.000Z', versions: 3, identifiers: 0 };
      expect(await groups({ measures })).toEqual([{ key: [], ...one }]);
      expect(await groups({ measures, groupBy: [{ field: 'metadata.profile' }] })).toEqual([
        { key: [profile], ...one },
      ]);
    });

    test('only what the filter leaves, and of its own profile', async () => {
      await store({ n: 1, tags: ['x'] }, { n: 2, tags: ['y', 'x'] }, { n: 4 });
      await storage.append([anEvent({ n: 8, tags: ['x'] }, { profile: 'contract.example/other' })]);
      const sum = { sum: { op: 'sum', field: 'payload.n' } } as const;
      const filter: Filter = { node: 'eq', field: 'payload.tags', value: 'x' };
      const tags = { kinds: { 'payload.tags': 'any' }, arrays: ['payload.tags'] } as const;
      expect(await groups({ measures: sum })).toEqual([{ key: [], sum: 7 }]);
      expect(await groups({ measures: sum, filter, ...tags })).toEqual([{ key: [], sum: 3 }]);
      expect(await groups({ measures: sum, filter: { node: 'not', child: filter }, ...tags })).toEqual([
        { key: [], sum: 4 },
      ]);
      expect(await groups({ measures: sum, filter: { node: 'gt', field: 'payload.n', value: 1 } })).toEqual([
        { key: [], sum: 6 },
      ]);
    });

    test.each<[string, number[], number]>([
      ['whole numbers beyond 2^53', [2 ** 53 - 1, 1, 1, 1], 2 ** 53 + 2],
      ['large numbers with a small one between them', [1e17, 1, -1e17], 1],
      ['tenths', Array.from({ length: 10 }, () => 0.1), 1],
      ['what would pass the greatest double on the way', [1.7e308, 1.7e308, -1.7e308, -1.7e308, 0.25], 0.25],
      ['the least numbers there are', [5e-324, 5e-324], 1e-323],
    ])('the exact sum, rounded once: %s', async (_, values, sum) => {
      expect(await sumOf(...values)).toBe(sum);
    });

    test('and an average whose sum is beyond the doubles, but no sum that is', async () => {
      await store({ n: 1.5e308 }, { n: 1.5e308 });
      expect(await groups({ measures: { avg: { op: 'avg', field: 'payload.n' } } })).toEqual([
        { key: [], avg: 1.5e308 },
      ]);
      await expect(
        storage.aggregate(anAggregation({ measures: { total: { op: 'sum', field: 'payload.n' } } })),
      ).rejects.toMatchObject(code('invalid'));
    });

    test('by the hours and days of a zone when clocks are set forward and back', async () => {
      await storeAt(
        '2026-03-28T22:59:59Z',
        '2026-03-28T23:00:00Z',
        '2026-03-29T00:30:00Z',
        '2026-03-29T01:30:00Z',
        '2026-03-29T22:00:00Z',
      );
      expect(await rows({ groupBy: byCreated('day', 'Europe/Prague') })).toEqual([
        ['2026-03-28T00:00:00+01:00', 1],
        ['2026-03-29T00:00:00+01:00', 3],
        ['2026-03-30T00:00:00+02:00', 1],
      ]);
      await storeAt('2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z');
      const filter: Filter = { node: 'gte', field: 'metadata.createdDate', value: Date.parse('2026-10-01T00:00:00Z') };
      expect(await rows({ groupBy: byCreated('hour', 'Europe/Prague'), filter })).toEqual([
        ['2026-10-25T02:00:00+02:00', 1],
        ['2026-10-25T02:00:00+01:00', 1],
      ]);
    });

    test('by weeks from Monday, months, years and minutes', async () => {
      await storeAt('2026-03-01T23:59:59.999Z', '2026-03-02T00:00:00Z', '2026-03-08T12:34:56Z');
      expect(await rows({ groupBy: byCreated('week') })).toEqual([
        ['2026-02-23T00:00:00+00:00', 1],
        ['2026-03-02T00:00:00+00:00', 2],
      ]);
      expect(await rows({ groupBy: byCreated('month', 'Asia/Kathmandu') })).toEqual([['2026-03-01T00:00:00+05:45', 3]]);
      expect(await rows({ groupBy: byCreated('year', 'America/New_York') })).toEqual([
        ['2026-01-01T00:00:00-05:00', 3],
      ]);
      expect((await rows({ groupBy: byCreated('minute') })).at(-1)).toEqual(['2026-03-08T12:34:00+00:00', 1]);
    });

    test('in the order asked for, ties by the key, as many as asked for', async () => {
      await store(
        { kind: 'a', n: 1 },
        { kind: 'b', n: 2 },
        { kind: 'b', n: 1 },
        { kind: 'c' },
        {},
        { kind: '\uFFFD', n: 3 },
        { kind: '😀', n: 3 },
      );
      const asked = {
        groupBy: [{ field: 'payload.kind' }],
        measures: { max: { op: 'max', field: 'payload.n' } },
      } as const;
      const keys = async (...sort: Aggregation['sort']) =>
        (await rows({ ...asked, sort })).map((row) => (row as unknown[])[0]);
      expect(await keys()).toEqual([null, 'a', 'b', 'c', '\uFFFD', '😀']);
      expect(await keys({ by: 'key', direction: 'descending' })).toEqual(['😀', '\uFFFD', 'c', 'b', 'a', null]);
      expect(await keys({ by: 'max', direction: 'ascending' })).toEqual([null, 'c', 'a', 'b', '\uFFFD', '😀']);
      expect(await keys({ by: 'max', direction: 'descending' }, { by: 'key', direction: 'descending' })).toEqual([
        '😀',
        '\uFFFD',
        'b',
        'a',
        'c',
        null,
      ]);
      expect(await storage.aggregate(anAggregation({ ...asked, limit: 2 }))).toMatchObject({
        length: 2,
        truncated: true,
      });
      expect(await storage.aggregate(anAggregation({ ...asked, limit: 6 }))).toMatchObject({
        length: 6,
        truncated: false,
      });
    });

    test('strings as they are', async () => {
      const strings = ['', '\u0000', 'a\u0000b', 'a', '"', '\\', '[1]', 'null', 'x'.repeat(100), `${'x'.repeat(99)}y`];
      await store(...strings.map((text) => ({ text })));
      expect((await rows({ groupBy: [{ field: 'payload.text' }] })).map((row) => (row as unknown[])[0])).toEqual(
        strings.toSorted(),
      );
      expect(await groups({ measures: { distinct: { op: 'distinct', field: 'payload.text' } } })).toEqual([
        { key: [], distinct: strings.length },
      ]);
    });

    test('what a change left, and not what it took away', async () => {
      const [first, second] = await store({ n: 1 }, { n: 2 });
      await storage.replace(first?.id ?? '', '{"n":10}');
      await storage.remove(second?.id ?? '');
      expect(await groups({ measures: { sum: { op: 'sum', field: 'payload.n' } } })).toEqual([{ key: [], sum: 10 }]);
    });
  });
}

/** Groups beyond the limits: slow to store on the stand-ins, hence for fast engines only. */
export function groupLimitsLaw({ engine, place: newPlace }: Harness): void {
  test(`${engine} refuses more groups than an answer holds`, async () => {
    const place = await newPlace();
    const storage = await place.open();
    for (let start = 0; start <= groupLimits.groups; start += 1000)
      await storage.append(
        Array.from(
          { length: Math.min(1000, groupLimits.groups - start) + (start === groupLimits.groups ? 1 : 0) },
          (_, index) => anEvent({ n: start + index }),
        ),
      );
    const byNumber = anAggregation({ groupBy: [{ field: 'payload.n' }], limit: 10 });
    await expect(storage.aggregate(byNumber)).rejects.toMatchObject(code('too-many-groups'));
    expect(
      await storage.aggregate({ ...byNumber, filter: { node: 'gt', field: 'payload.n', value: 0 } }),
    ).toMatchObject({
      length: 10,
      truncated: true,
    });
    await storage.close();
    await place.discard();
  });
}
