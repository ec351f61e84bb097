import { expect, it } from 'vitest';
import { nextSlice, sliceIsOver } from './time-slice.ts';

const hold = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

it('gives others their turn after each piece of long work, whoever does it', async () => {
  await nextSlice();
  // Specs of one process share the slice: this uses up that of this turn, also where another spec began it.
  for (let piece = 0; piece < 2; piece += 1) {
    sliceIsOver();
    hold(60);
  }
  const seen: string[] = [];
  let done = false;
  const others = (): void => {
    seen.push('other');
    if (!done) setImmediate(others);
  };
  setImmediate(others);
  await Promise.all(
    ['first', 'second', 'third'].map(async (name) => {
      while (sliceIsOver()) await nextSlice();
      seen.push(name);
      hold(60);
    }),
  );
  done = true;
  const works = seen.flatMap((name, index) => (name === 'other' ? [] : [index]));
  expect(works).toHaveLength(3);
  for (const [index, work] of works.slice(1).entries()) expect(seen.slice(works[index]! + 1, work)).toContain('other');
});

it('costs short work no turn', async () => {
  await nextSlice();
  let turns = 0;
  setImmediate(() => (turns += 1));
  for (let index = 0; index < 100; index += 1) if (sliceIsOver()) await nextSlice();
  expect(turns).toBe(0);
});
