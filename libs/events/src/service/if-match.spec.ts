import { describe, expect, it } from 'vitest';
import { parseIfMatch, requiredVersion } from './if-match.ts';

describe('If-Match', () => {
  it.each([
    ['*', 'any'],
    [' * ', 'any'],
    ['"3"', [3]],
    ['"3", "4"', [3, 4]],
    ['"3","4" ,\t"5"', [3, 4, 5]],
    ['W/"3"', []],
    ['W/"3", "4"', [4]],
    ['"03"', []],
    ['"-1"', []],
    ['"abc"', []],
    ['""', []],
    ['"a,b", "7"', [7]],
    ['"3",', [3]],
    [', ,"3",, "4" ,', [3, 4]],
  ])('%s', (header, versions) => {
    expect(parseIfMatch(header)).toEqual(versions);
  });

  it.each(['', '3', '"3', '3"', '"3" "4"', ',', 'w/"3"', '*, "3"', '"3", *', 'W/*', '"a b"'])(
    '%j is no list of entity tags',
    (header) => {
      expect(() => parseIfMatch(header)).toThrow(expect.objectContaining({ code: 'invalid', status: 422 }));
    },
  );

  it('asks the storage for the very version that it matched', () => {
    expect(requiredVersion('any', 3)).toBeUndefined();
    expect(requiredVersion([2, 3], 3)).toBe(3);
    expect(() => requiredVersion([2], 3)).toThrow(expect.objectContaining({ code: 'version-mismatch', status: 412 }));
    expect(() => requiredVersion([], 3)).toThrow(expect.objectContaining({ code: 'version-mismatch' }));
  });
});
