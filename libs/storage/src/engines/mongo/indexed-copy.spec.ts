import { assert, constantFrom, oneof, property, string } from 'fast-check';
import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { maxEventBytes } from '@datakeep/contracts';
import { indexedCopy, indexedName, indexedPath } from './indexed-copy.ts';

const oddNames = oneof(constantFrom('$where', '$gt', '0', '', '~', '~n0', 'a$b', '__proto__', '$'), string());

describe('the indexed copy of a payload', () => {
  it('has a name of its own for every name, and none that a path could be misread by', () => {
    assert(
      property(oddNames, oddNames, (a, b) => {
        expect(indexedName(a) === indexedName(b)).toBe(a === b);
        expect(indexedName(a)).toMatch(/^(?!\$)(?!\d+$)[^.]+$/s);
      }),
    );
  });

  it('keeps values, each element of an array once, and says nothing of arrays in arrays', () => {
    expect(indexedCopy('{"$a":{"0":[1,[2],{"x.y":null}]}}')).toEqual({ '~2a': { '~n0': [1, {}, { 'x~1y': null }] } });
    expect(indexedCopy('{"a":[1,"1",1,true,null,"1",{"b":[2,2]},{"b":[2]}]}')).toEqual({
      a: [1, '1', true, null, { b: [2] }],
    });
    expect(Object.keys(indexedCopy('{"__proto__":{"a":1}}'))).toEqual(['__proto__']);
    expect(indexedPath('payload.$a.0')).toBe('payload.~2a.~n0');
  });

  it.each([
    ['equal numbers', (): unknown => 1],
    ['numbers', (n: number): unknown => n],
    ['fractions', (n: number): unknown => n / 10],
    ['short texts', (n: number): unknown => n.toString(36)],
    ['objects', (n: number): unknown => ({ '': n })],
    ['objects of different names', (n: number): unknown => ({ [n.toString(36)]: 0 })],
    ['lists of one', (n: number): unknown => ({ $: [n] })],
  ])('of an event of the largest size fits with its text into a record, if it is a list of %s', (_what, element) => {
    const list: unknown[] = [];
    for (let bytes = 20, n = 0; bytes < maxEventBytes - 30; n += 1) {
      list.push(element(n));
      bytes += JSON.stringify(element(n)).length + 1;
    }
    const text = JSON.stringify({ list });
    const size = text.length + mongo.BSON.calculateObjectSize(indexedCopy(text));
    expect(size).toBeLessThan(16 * 1024 * 1024 - 4096);
  });
});
