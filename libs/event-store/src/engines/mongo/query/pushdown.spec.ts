import type { Filter } from '@datakeep/contracts';
import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shadowName, shadowOf, shadowPath } from '../shadow.ts';
import { PushdownCompiler } from './pushdown.ts';

const typed = {
  kinds: { 'payload.n': 'number', 'payload.s': 'string', 'metadata.createdDate': 'date' },
  arrays: [],
  profile: 'p',
} as const;
const compile = (filter: Filter, stringOrder = true) => new PushdownCompiler(typed, stringOrder).compile(filter);
const allowed = new Set(['$and', '$or', '$nor', '$eq', '$in', '$lt', '$lte', '$gt', '$gte', '$exists']);

function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  if (Array.isArray(value)) return value.flatMap((element) => keysOf(element));
  return Object.keys(value).concat(Object.values(value).flatMap((member) => keysOf(member)));
}

const oddNames = oneof(constantFrom('$where', '$gt', '0', '', '~', '~n0', 'a$b', '__proto__x', '$'), string());

describe('what a server is asked', () => {
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
        for (const key of keysOf(compile(filter).condition)) {
          expect(allowed.has(key) || !/(^|\.)\$/.test(key), key).toBe(true);
        }
      }),
    );
  });

  it('refuses a value that is no scalar', () => {
    const bent = { node: 'eq', field: 'payload.n', value: { $gt: '' } } as unknown as Filter;
    expect(() => compile(bent)).toThrowError(TypeError);
  });

  it('is exact for typed fields and turned around only then', () => {
    expect(compile({ node: 'not', child: { node: 'eq', field: 'payload.n', value: 1 } })).toEqual({
      condition: { $nor: [{ 'payload.n': { $eq: 1 } }] },
      exact: true,
    });
    expect(compile({ node: 'not', child: { node: 'eq', field: 'payload.n', value: null } })).toEqual({
      condition: {},
      exact: false,
    });
    expect(compile({ node: 'not', child: { node: 'eq', field: 'payload.any', value: 1 } })).toEqual({
      condition: {},
      exact: false,
    });
  });

  it('asks nothing where a part of a choice can be asked nothing', () => {
    const contains: Filter = { node: 'contains', field: 'payload.s', value: 'x' };
    expect(compile({ node: 'or', children: [contains, { node: 'eq', field: 'payload.n', value: 1 }] })).toEqual({
      condition: {},
      exact: false,
    });
    expect(compile({ node: 'and', children: [contains, { node: 'eq', field: 'payload.n', value: 1 }] })).toMatchObject({
      exact: false,
    });
  });

  it('leaves the order of strings to the exact filter where the server has another', () => {
    const range: Filter = { node: 'gt', field: 'payload.s', value: 'a' };
    expect(compile(range)).toEqual({ condition: { 'payload.s': { $gt: 'a' } }, exact: true });
    expect(compile(range, false)).toEqual({ condition: {}, exact: false });
  });

  it('compares metadata dates as dates, and with nothing else', () => {
    const created = (node: 'eq' | 'lt', value: number | string): Filter => ({
      node,
      field: 'metadata.createdDate',
      value,
    });
    expect(compile(created('lt', 5)).condition).toEqual({ created: { $lt: new Date(5) } });
    expect(compile(created('lt', 'x'))).toMatchObject({ exact: true, condition: { _id: { $in: [] } } });
    expect(compile(created('lt', 1e21))).toEqual({ condition: {}, exact: false });
  });
});

describe('the shadow of a payload', () => {
  it('has a name of its own for every name, and none that a path could be misread by', () => {
    assert(
      property(oddNames, oddNames, (a, b) => {
        expect(shadowName(a) === shadowName(b)).toBe(a === b);
        expect(shadowName(a)).toMatch(/^(?!\$)(?!\d+$)[^.]+$/s);
      }),
    );
  });

  it('keeps values and says nothing of arrays in arrays', () => {
    expect(shadowOf('{"$a":{"0":[1,[2],{"x.y":null}]}}')).toEqual({ '~2a': { '~n0': [1, {}, { 'x~1y': null }] } });
    expect(shadowPath('payload.$a.0')).toBe('payload.~2a.~n0');
  });
});
