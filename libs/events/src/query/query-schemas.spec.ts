import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parseAggregation } from './aggregation-parser.ts';
import { parseQuery } from './query-parser.ts';
import { querySchemas } from './query-schemas.ts';

const ajv = new Ajv2020({ strict: false });
ajv.addSchema({ components: { schemas: querySchemas } }, 'document');
const saysSchema = (name: string, body: unknown): boolean =>
  ajv.validate({ $ref: `document#/components/schemas/${name}` }, body);
const saysParser = (parse: (body: unknown) => unknown, body: unknown): boolean => {
  try {
    parse(body);
    return true;
  } catch {
    return false;
  }
};

const a = 'payload.a';
const filters: readonly unknown[] = [
  {},
  { [a]: 1 },
  { [a]: null },
  { [a]: { eq: 'x', ne: null } },
  { [a]: { lt: 1, gte: 'x' } },
  { [a]: { in: [1, 'x', null, true], nin: [] } },
  { [a]: { exists: false, prefix: 'x', contains: 'y' } },
  { 'metadata.createdDate': { gte: '2026-01-01T00:00:00Z' } },
  { and: [{ [a]: 1 }, { or: [{ [a]: 2 }, { not: { [a]: 3 } }] }] },
  { 'payload.with a space.0': 1 },
  1,
  [],
  { and: [] },
  { and: { [a]: 1 } },
  { not: [{ [a]: 1 }] },
  { [a]: [1] },
  { [a]: {} },
  { [a]: { like: 'x' } },
  { [a]: { lt: true } },
  { [a]: { lt: null } },
  { [a]: { eq: { b: 1 } } },
  { [a]: { in: 1 } },
  { [a]: { in: [[1]] } },
  { [a]: { in: Array.from({ length: 201 }, () => 1) } },
  { [a]: { exists: 1 } },
  { [a]: { prefix: 1 } },
  { [a]: 'x'.repeat(1025) },
  { a: 1 },
  { eq: 1 },
  { $or: [] },
];
const queries: readonly unknown[] = [
  { profile: 'p' },
  { profile: 'p', sort: [{ field: a, direction: 'descending' }, { field: 'metadata.version' }] },
  { profile: 'p', sort: [], fields: [a], limit: 1000, cursor: null },
  { profile: 'p', cursor: 'x' },
  {},
  { profile: '' },
  { profile: 1 },
  { profile: 'p', sort: { field: a } },
  { profile: 'p', sort: [{ direction: 'ascending' }] },
  { profile: 'p', sort: [{ field: a, direction: 'up' }] },
  { profile: 'p', sort: Array.from({ length: 5 }, (_, index) => ({ field: `${a}${index}` })) },
  { profile: 'p', fields: ['metadata.version'] },
  { profile: 'p', limit: 0 },
  { profile: 'p', limit: 1.5 },
  { profile: 'p', cursor: 1 },
  { profile: 'p', count: true },
];
const measures = { n: { op: 'count' } };
const aggregations: readonly unknown[] = [
  { profile: 'p', measures },
  { profile: 'p', measures: { n: { op: 'sum', field: a } }, groupBy: [{ field: a }], limit: 10_000 },
  {
    profile: 'p',
    measures,
    groupBy: [{ field: 'metadata.createdDate', interval: 'week', timeZone: 'Europe/Prague' }],
    sort: [{ by: 'n', direction: 'descending' }, { by: 'key' }],
  },
  { profile: 'p' },
  { profile: 'p', measures: {} },
  { profile: 'p', measures: { key: { op: 'count' } } },
  { profile: 'p', measures: { n: { op: 'median' } } },
  { profile: 'p', measures: { n: { op: 'count', by: 1 } } },
  { profile: 'p', measures, groupBy: [{ field: a, interval: 'decade' }] },
  { profile: 'p', measures, groupBy: [{ field: 'a' }] },
  { profile: 'p', measures, limit: 10_001 },
  { profile: 'p', measures, cursor: null },
];

describe('the schemas of the query language', () => {
  it.each(filters.map((filter) => ({ profile: 'p', filter })))('agree with the parser on the filter of %j', (body) => {
    expect(saysSchema('EventQuery', body)).toBe(saysParser(parseQuery, body));
  });

  it.each(queries.map((query) => [query]))('agree with the parser on the query %j', (query) => {
    expect(saysSchema('EventQuery', query)).toBe(saysParser(parseQuery, query));
  });

  it.each(aggregations.map((aggregation) => [aggregation]))('agree with the parser on the aggregation %j', (body) => {
    expect(saysSchema('Aggregation', body)).toBe(saysParser(parseAggregation, body));
  });
});
