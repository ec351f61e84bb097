import { describe, expect, it } from 'vitest';
import { jsonFault, lineOfPointer } from './json-places.ts';

const text = `{
  "a": 1,
  "b/c": {
    "d": [
      true,
      { "e\\"": "}],{" },
      null
    ]
  },

  "f": "x"
}`;

describe('the line of a JSON Pointer', () => {
  it.each([
    ['', 1],
    ['/a', 2],
    ['/b~1c', 3],
    ['/b~1c/d', 4],
    ['/b~1c/d/0', 5],
    ['/b~1c/d/1/e"', 6],
    ['/b~1c/d/2', 7],
    ['/f', 11],
  ])('%s is %i', (pointer, line) => {
    expect(lineOfPointer(text, pointer)).toBe(line);
  });

  it('of what is not there is that of what is around it', () => {
    expect(lineOfPointer(text, '/b~1c/missing/x')).toBe(3);
    expect(lineOfPointer(text, '/a/0')).toBe(2);
  });
});

describe('the fault of a text', () => {
  it('has a line, and is none for JSON', () => {
    expect(jsonFault('{\n  "a": 1,\n  b\n}')).toMatchObject({ line: 3 });
    expect(jsonFault(text)).toBeUndefined();
  });
});
