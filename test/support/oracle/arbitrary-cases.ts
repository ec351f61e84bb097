import {
  array,
  boolean,
  constant,
  constantFrom,
  dictionary,
  double,
  integer,
  letrec,
  oneof,
  option,
  record,
  subarray,
  uniqueArray,
  type Arbitrary,
} from 'fast-check';
import type { Aggregation, EventQuery, FieldKind, Filter, NewEvent, Scalar, SortKey } from '@datakeep/contracts';

import { anAggregation } from './arbitrary-aggregations.ts';

/** Events of one profile (all but their profile's name) and queries over them. */
export interface Dataset {
  readonly events: readonly Omit<NewEvent, 'profile'>[];
  readonly queries: readonly Omit<EventQuery, 'profile' | 'timeoutMs'>[];
}

type ScalarKind = 'string' | 'number' | 'boolean';
/** A random schema: fields of one scalar type (perhaps null, perhaps absent), and names with any value. */
interface Schema {
  readonly typed: Readonly<Record<string, ScalarKind>>;
  readonly free: readonly string[];
  /** Names of members further in. */
  readonly inner: readonly string[];
}

// Names that a path could be misread by, and strings that collide, contain each other, or order differently by UTF-16
// than by code point.
const names = ['a', 'b', 'user', 'two words', 'é😀', "q'", 'd"q', 'b\\s', '0', '$', 'x[0]', 'SELECT', '#-1'];
const strings = [
  '',
  'a',
  'ab',
  'abc',
  'b',
  'B',
  'ä',
  '\uFFFD',
  '\uE000',
  '😀',
  '😀a',
  '\u{10FFFF}',
  '\u{10FFFF}a',
  '\uD7FF',
  '\uD7FFb',
  '\u0000',
  'a\u0000b',
  '%',
  '_',
  '1',
  'true',
  'null',
  '{"a":1}',
  '[1]',
  "'",
];
const numbers = [
  0,
  1,
  -1,
  1.5,
  0.1,
  0.2,
  3.3,
  -3.3,
  1e16,
  -1e16,
  0.30000000000000004,
  1e21,
  2 ** 60,
  -(2 ** 60),
  2 ** 60 + 1024,
  2 ** 63,
  2 ** 53,
  1e-7,
  1.7976931348623157e308,
  5e-324,
];

const aString = oneof(
  { weight: 5, arbitrary: constantFrom(...strings) },
  array(constantFrom(...strings), { maxLength: 3 }).map((parts) => parts.join('')),
);
const aNumber = oneof(
  { weight: 4, arbitrary: constantFrom(...numbers) },
  integer({ min: -3, max: 3 }),
  double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
);
const scalarOf: Record<ScalarKind, Arbitrary<Scalar>> = { string: aString, number: aNumber, boolean: boolean() };
const aScalar: Arbitrary<Scalar> = oneof(aString, aNumber, boolean(), constant(null));
const aName = constantFrom(...names);

/** Any JSON value with members of these few names, so that random paths lead somewhere. */
const anything = (inner: readonly string[]): Arbitrary<unknown> =>
  letrec<{ value: unknown }>((tie) => ({
    value: oneof(
      { depthSize: 'large', maxDepth: 5, withCrossShrink: true },
      { weight: 2, arbitrary: aScalar },
      array(tie('value'), { maxLength: 3 }),
      { weight: 2, arbitrary: dictionary(constantFrom(...inner), tie('value'), { maxKeys: 2, noNullPrototype: true }) },
    ),
  })).value;

const aSchema: Arbitrary<Schema> = uniqueArray(aName, { minLength: 3, maxLength: 6 }).chain((chosen) =>
  array(constantFrom<ScalarKind>('string', 'number', 'boolean'), {
    minLength: chosen.length,
    maxLength: chosen.length,
  }).map((kinds) => {
    const free = chosen.slice(0, 2);
    const typed = chosen
      .slice(2)
      .map((name, index) => [
        index % 2 === 0 ? `payload.${name}` : `payload.${chosen[2] ?? ''}-in.${name}`,
        kinds[index] ?? 'string',
      ]);
    return { free, inner: chosen.slice(0, 2), typed: Object.fromEntries(typed) as Record<string, ScalarKind> };
  }),
);

function aPayload({ typed, free, inner }: Schema): Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(typed);
  const values = fields.map(([, kind]) => option(option(scalarOf[kind], { freq: 4 }), { nil: undefined, freq: 4 }));
  return record({
    values: array(constant(0), { maxLength: 0 }).chain(() => tupleOf(values)),
    free: dictionary(constantFrom(...free), anything(inner), { noNullPrototype: true }),
  }).map((drawn) => {
    const payload: Record<string, unknown> = drawn.free;
    for (const [index, [field]] of fields.entries())
      if (drawn.values[index] !== undefined) put(payload, field.split('.').slice(1), drawn.values[index]);
    return payload;
  });
}

function tupleOf<T>(parts: readonly Arbitrary<T>[]): Arbitrary<T[]> {
  return parts.reduce<Arbitrary<T[]>>(
    (all, part) => all.chain((before) => part.map((value) => [...before, value])),
    constant([]),
  );
}

function put(target: Record<string, unknown>, [step = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) target[step] = value;
  else put((target[step] ??= {}) as Record<string, unknown>, rest, value);
}

const hexDigits = (length: number): Arbitrary<string> =>
  array(constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((digits) => digits.join(''));

function someEvents(
  schema: Schema,
  createdAt: Arbitrary<number> = integer({ min: -2, max: 3 }).map((step) => step * 43_200_000),
): Arbitrary<Dataset['events']> {
  const drawn = record({
    id: hexDigits(6),
    source: constantFrom('1'.repeat(24), 'f'.repeat(24)),
    identifier: option(
      aString.filter((text) => text !== ''),
      { nil: undefined },
    ),
    createdAt,
    acceptedAt: integer({ min: 0, max: 2 }),
    payload: aPayload(schema),
  });
  const identity = (event: { source: string; identifier?: string | undefined; id: string }): string =>
    `${event.source} ${event.identifier ?? `#${event.id}`}`;
  return uniqueArray(uniqueArray(drawn, { maxLength: 14, selector: (event) => event.id }), { maxLength: 1 })
    .map(([events = []]) => Array.from(new Map(events.map((event) => [identity(event), event])).values()))
    .map((events) =>
      events.map(({ payload, identifier, ...event }) => ({
        ...event,
        payload: JSON.stringify(payload),
        ...(identifier === undefined ? {} : { identifier, digest: event.id }),
      })),
    );
}

const metadataKinds: Readonly<Record<string, FieldKind>> = {
  'metadata.identifier': 'string',
  'metadata.profile': 'string',
  'metadata.source': 'string',
  'metadata.createdDate': 'date',
  'metadata.acceptedDate': 'date',
  'metadata.version': 'number',
  'metadata.modifiedBy': 'string',
};

function freePathOf({ free, inner }: Schema): Arbitrary<string> {
  return record({ first: constantFrom(...free), more: array(constantFrom(...inner), { maxLength: 4 }) }).map(
    ({ first, more }) => ['payload', first, ...more].join('.'),
  );
}

function aFilter(schema: Schema): Arbitrary<Filter> {
  const aField = oneof(
    constantFrom(...Object.keys(schema.typed)),
    freePathOf(schema),
    constantFrom(...Object.keys(metadataKinds)),
  );
  const aValue = oneof(
    { weight: 6, arbitrary: aScalar },
    constantFrom<Scalar>(43_200_000, 0, -43_200_000, '1'.repeat(24)),
  );
  return letrec<{ filter: Filter }>((tie) => ({
    filter: oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      {
        weight: 4,
        arbitrary: record({
          node: constantFrom('eq', 'lt', 'lte', 'gt', 'gte', 'prefix', 'contains'),
          field: aField,
          value: aValue,
        }),
      },
      record({ node: constant('exists'), field: aField }),
      record({ node: constant('in'), field: aField, values: array(aValue, { maxLength: 4 }) }),
      record({ node: constant('not'), child: tie('filter') }),
      record({ node: constantFrom('and', 'or'), children: array(tie('filter'), { maxLength: 3 }) }),
    ) as Arbitrary<Filter>,
  })).filter;
}

function aQuery(schema: Schema): Arbitrary<Dataset['queries'][number]> {
  const typed = Object.keys(schema.typed);
  const freePath = freePathOf(schema);
  const sortable = [...Object.keys(metadataKinds), ...typed];
  const filter = aFilter(schema);
  const aSort: Arbitrary<SortKey[]> = uniqueArray(
    record({ field: constantFrom(...sortable), direction: constantFrom('ascending', 'descending') }),
    {
      minLength: 1,
      maxLength: 4,
      selector: (key) => key.field,
    },
  );
  return record(
    {
      filter,
      sort: aSort,
      fields: array(oneof(constantFrom(...typed), freePath), { maxLength: 3 }),
      limit: integer({ min: 1, max: 8 }),
      count: boolean(),
      alsoArrays: subarray(typed),
    },
    { requiredKeys: ['sort', 'limit', 'alsoArrays'] },
  ).map(({ alsoArrays, ...query }) => {
    const named = query.sort.map((key) => key.field).concat(query.filter ? fieldsOf(query.filter) : []);
    const kinds = Object.fromEntries(
      named.map((field) => [field, metadataKinds[field] ?? schema.typed[field] ?? 'any']),
    );
    const arrays = Object.keys(kinds).filter((field) => kinds[field] === 'any' || alsoArrays.includes(field));
    return Object.assign(query, { kinds, arrays }) as Dataset['queries'][number];
  });
}

function fieldsOf(filter: Filter): string[] {
  if ('children' in filter) return filter.children.flatMap((child) => fieldsOf(child));
  return filter.node === 'not' ? fieldsOf(filter.child) : [filter.field];
}

export const aDataset = (queries: number): Arbitrary<Dataset> =>
  aSchema.chain((schema) =>
    record({ events: someEvents(schema), queries: array(aQuery(schema), { minLength: queries, maxLength: queries }) }),
  );

// Around changes of clocks, a day that was skipped, and times before standard time; to the minute, so that some share a
// bucket.
const instants = [
  '2026-03-29',
  '2026-10-25',
  '2011-12-30',
  '2006-11-05',
  '1987-10-25',
  '1880-06-01',
  '0001-01-02',
  '2026-04-05',
  '9999-12-30',
];
const aTime = record({
  day: constantFrom(...instants),
  minutes: integer({ min: -1500, max: 1500 }),
  ms: constantFrom(0, 0, 1, 59_999),
}).map(({ day, minutes, ms }) => Date.parse(day) + minutes * 60_000 + ms);

/** Events of one profile and aggregations over them. */
export interface AggregatedDataset {
  readonly events: Dataset['events'];
  readonly aggregations: readonly Omit<Aggregation, 'profile' | 'timeoutMs'>[];
}

export const anAggregatedDataset = (aggregations: number): Arbitrary<AggregatedDataset> =>
  aSchema.chain((schema) => {
    const kinds = { ...metadataKinds, ...schema.typed };
    const kindOf = (field: string): FieldKind => kinds[field] ?? 'any';
    const anyOf = anAggregation({ kinds, filter: aFilter(schema), fieldsOf, kindOf });
    return record({
      events: someEvents(schema, aTime),
      aggregations: array(anyOf, { minLength: aggregations, maxLength: aggregations }),
    });
  });
