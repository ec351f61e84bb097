import { describe, expect, it } from 'vitest';
import { jsonFault, lineOfPointer, numberFault } from './json-places.ts';

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

describe('a number that a program would change', () => {
  it.each([
    '9007199254740993',
    '-9007199254740993',
    '9007199254740993.0',
    '9007199254740993e0',
    '9.007199254740993E15',
    '90071992547409930e-1',
    '1e400',
    '-1e400',
    '1e-400',
  ])('%s is a fault, at its line', (number) => {
    expect(numberFault(number)).toContain(number);
    expect(jsonFault(`{\n  "a": [1, ${number}]\n}`)).toMatchObject({ line: 2 });
  });

  it.each([
    '0',
    '-0',
    '0.0e5',
    '12.5',
    '1.5E3',
    '1e23',
    '9007199254740991',
    '9007199254740992',
    '90071992547409920e-1',
    '90071992547409931e-1',
    '1152921504606846976',
    '1152921504606847000',
  ])('%s is none', (number) => {
    expect(jsonFault(`[${number}]`)).toBeUndefined();
  });

  it('is none in a text', () => {
    expect(jsonFault(String.raw`{ "9007199254740993": "\"9007199254740993" }`)).toBeUndefined();
  });
});
