import { describe, expect, it } from 'vitest';
import { FairShare } from './fair-share.ts';

/** How many pieces of one each caller gets when they take turns until none gets any more. */
function sharesOf(total: number, callers: readonly string[]): number[] {
  const share = new FairShare(total);
  const got = callers.map(() => 0);
  for (let before = -1; before !== share.used;) {
    before = share.used;
    for (const [index, caller] of callers.entries()) if (share.take(caller, 1)) got[index]! += 1;
  }
  return got;
}

describe('a fair share', () => {
  it('gives one caller half, two a third each, nine a tenth each', () => {
    expect(sharesOf(120, ['a'])).toEqual([60]);
    expect(sharesOf(120, ['a', 'b'])).toEqual([40, 40]);
    expect(sharesOf(120, [...'abcdefghi'])).toEqual(Array.from({ length: 9 }, () => 12));
  });

  it('leaves room for a caller who comes after one who took all he could', () => {
    const share = new FairShare(120);
    while (share.take('greedy', 1)) continue;
    expect(share.hasRoom('greedy')).toBe(false);
    expect(share.hasRoom('other')).toBe(true);
    expect(share.take('other', 30)).toBe(true);
  });

  it('takes nothing where the amount has no room, and counts what had to be taken all the same', () => {
    const share = new FairShare(10);
    expect(share.take('a', 11)).toBe(false);
    expect(share.used).toBe(0);
    share.hold('a', 11);
    expect(share.hasRoom('b')).toBe(false);
    share.give('a', 11);
    expect([share.used, share.hasRoom('b')]).toEqual([0, true]);
  });

  it('has no room for one who was refused, until he gives something back', () => {
    const share = new FairShare(45);
    expect([share.take('a', 20), share.hasRoom('a'), share.take('a', 20)]).toEqual([true, true, false]);
    expect([share.hasRoom('a'), share.hasRoom('b')]).toEqual([false, true]);
    share.give('a', 20);
    expect(share.hasRoom('a')).toBe(true);
  });
});
