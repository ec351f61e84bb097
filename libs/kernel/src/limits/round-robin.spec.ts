import { describe, expect, it } from 'vitest';
import { RoundRobin } from './round-robin.ts';

describe('what waits in turns', () => {
  const queueOf = (...items: readonly [string, number][]): RoundRobin<number> => {
    const queue = new RoundRobin<number>();
    for (const [caller, item] of items) queue.push(caller, item);
    return queue;
  };
  const all = (queue: RoundRobin<number>): (number | undefined)[] =>
    Array.from({ length: queue.length }, () => queue.shift());

  it('takes one of each caller before the second of any', () => {
    expect(all(queueOf(['a', 1], ['a', 2], ['a', 3], ['b', 4], ['c', 5]))).toEqual([1, 4, 5, 2, 3]);
  });

  it('passes over a caller that may not have one, who keeps its turn', () => {
    const queue = queueOf(['a', 1], ['b', 2]);
    expect(queue.shift((caller) => caller !== 'a')).toBe(2);
    expect([queue.lengthOf('a'), queue.lengthOf('b')]).toEqual([1, 0]);
    expect(queue.shift()).toBe(1);
    expect(queue.shift()).toBeUndefined();
  });

  it('forgets an item that is taken out, and puts one back before all of its caller', () => {
    const queue = queueOf(['a', 1], ['a', 2], ['a', 3]);
    queue.delete('a', 2);
    queue.unshift('a', 0);
    expect(all(queue)).toEqual([0, 1, 3]);
    expect(queue.length).toBe(0);
  });
});
