import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('the turns of a caller', () => {
  it('let as many begin as it may do at once, and each other when one ends', () => {
    const turns = new Turns(2, 8);
    const begun: number[] = [];
    for (let n = 0; n < 4; n += 1) turns.begin('a', () => begun.push(n));
    expect(begun).toEqual([0, 1]);
    turns.end('a', false);
    expect(begun).toEqual([0, 1, 2]);
  });

  it('are twice as many with each that was light, and the least again with a heavy one', () => {
    const turns = new Turns(1, 4);
    const begun: number[] = [];
    for (let n = 0; n < 12; n += 1) turns.begin('a', () => begun.push(n));
    expect(begun).toHaveLength(1);
    turns.end('a', true);
    expect(begun).toHaveLength(3);
    turns.end('a', true);
    expect(begun).toHaveLength(6);
    turns.end('a', false);
    expect(begun).toHaveLength(6);
  });

  it('are those of each caller alone', () => {
    const turns = new Turns(1, 1);
    const begun: string[] = [];
    for (const caller of ['a', 'a', 'b']) turns.begin(caller, () => begun.push(caller));
    expect(begun).toEqual(['a', 'b']);
  });

  it('begin in the async context of the one that waited, not of the one that ended', () => {
    const turns = new Turns(1, 1);
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    for (const id of ['first', 'second']) context.run(id, () => turns.begin('a', () => seen.push(context.getStore())));
    context.run('first', () => turns.end('a', true));
    expect(seen).toEqual(['first', 'second']);
  });
});
