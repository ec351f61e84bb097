import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitArguments } from './split-arguments.ts';

test('arguments are split where JSON.parse would split them', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), (values, space) => {
      expect(
        splitArguments(JSON.stringify(values, undefined, space)).map((text) => JSON.parse(text) as unknown),
      ).toEqual(JSON.parse(JSON.stringify(values)));
    }),
  );
});
