import type { Codec } from './codec.ts';

/** For arguments that are small JSON and of which the last may be left out: what was undefined is absent on the other side, where JSON would make it null. */
export function args<Arguments extends unknown[]>(): Codec<Arguments> {
  return {
    encode: (values) => ({ head: values.slice(0, values.findLastIndex((value) => value !== undefined) + 1) }),
    decode: ({ head }) => head as Arguments,
  };
}
