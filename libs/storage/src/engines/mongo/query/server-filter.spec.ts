import type { Filter } from '@datakeep/contracts';
import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateRange, serverFilter, type ServerFilter } from './server-filter.ts';

const compile = (filter: Filter, arrays: readonly string[] = []): ServerFilter => {
  const { $and, ...ofProfile } = serverFilter({ profile: 'p', filter, arrays });
  expect(ofProfile).toEqual({ profile: { $eq: 'p' } });
  return ($and as ServerFilter[])[0] as ServerFilter;
};
const operators = new Set('$and $or $nor $eq $in $lt $lte $gt $gte $exists $regex $type'.split(' '));

function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  if (Array.isArray(value)) return value.flatMap((element) => keysOf(element));
  return Object.keys(value).concat(Object.values(value).flatMap((member) => keysOf(member)));
}

const oddNames = oneof(constantFrom('$where', '$gt', '0', '', '~', '~n0', 'a$b', '__proto__x', '$'), string());

describe('what a server is asked for a filter', () => {
  it('holds no key with $ that the compiler did not write, whatever the field is called', () => {
    assert(
      property(array(oddNames, { minLength: 1, maxLength: 4 }), oddNames, (steps, value) => {
        const field = `payload.${steps.join('.')}`;
        const filter: Filter = {
          node: 'and',
          children: [
            { node: 'eq', field, value },
            { node: 'not', child: { node: 'exists', field } },
            { node: 'prefix', field, value },
          ],
        };
        for (const key of keysOf(compile(filter))) expect(operators.has(key) || !/(^|\.)\$/.test(key), key).toBe(true);
      }),
    );
  });

  it('refuses a value that is no scalar', () => {
    const bent = { node: 'eq', field: 'payload.n', value: { $gt: '' } } as unknown as Filter;
    expect(() => compile(bent)).toThrowError(TypeError);
  });

  it('tells null from absent, and takes each value of a list', () => {
    expect(compile({ node: 'eq', field: 'payload.n', value: null })).toEqual({ 'payload.n': { $type: 'null' } });
    expect(compile({ node: 'in', field: 'payload.n', values: [1, null, 'a'] })).toEqual({
      $or: [{ 'payload.n': { $in: [1, 'a'] } }, { 'payload.n': { $type: 'null' } }],
    });
    expect(compile({ node: 'in', field: 'payload.n', values: [] })).toEqual({ _id: { $in: [] } });
  });

  it('finds a prefix by a range that an index serves, and in arrays in one element', () => {
    const filter: Filter = { node: 'prefix', field: 'payload.s', value: 'a.' };
    expect(compile(filter)).toEqual({ 'payload.s': { $gte: 'a.', $lt: 'a/' } });
    expect(compile(filter, ['payload.s'])).toEqual({ 'payload.s': { $regex: '^a\\.' } });
  });

  it('compares metadata dates as dates, and with nothing else', () => {
    const created = (node: 'eq' | 'lt', value: number | string): Filter => ({
      node,
      field: 'metadata.createdDate',
      value,
    });
    expect(compile(created('lt', 5))).toEqual({ created: { $lt: new Date(5) } });
    expect(compile(created('lt', 'x'))).toEqual({ _id: { $in: [] } });
    expect(compile(created('eq', 1.5))).toEqual({ _id: { $in: [] } });
  });

  it.each([
    [1.5, [1], [2]],
    [1e21, [-8.64e15, 0, 8.64e15], []],
    [-1e21, [], [-8.64e15, 0, 8.64e15]],
  ])('divides the dates at %s, which is none', (value, below, above) => {
    const holds = (range: ServerFilter, ms: number): boolean =>
      Object.entries(range).every(([operator, date]) => {
        const bound = (date as Date).getTime();
        return { $lt: ms < bound, $lte: ms <= bound, $gt: ms > bound, $gte: ms >= bound }[operator];
      });
    for (const ms of [...below, ...above]) {
      for (const node of ['lt', 'lte'] as const) expect(holds(dateRange(node, value), ms)).toBe(below.includes(ms));
      for (const node of ['gt', 'gte'] as const) expect(holds(dateRange(node, value), ms)).toBe(above.includes(ms));
    }
  });
});
