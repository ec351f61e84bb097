import { afterEach, describe, expect, it, vi } from 'vitest';

import { isId, ObjectIds } from './ids.ts';

const many = 2000;
const made = (ids = new ObjectIds()): string[] => Array.from({ length: many }, () => ids.next());

describe('ids', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('are 24 hex digits, and no two are alike, whichever generator made them', () => {
    const [one, other] = [new ObjectIds(), new ObjectIds()];
    const all = Array.from({ length: many }, () => [one.next(), other.next()]).flat();
    expect(all.every(isId)).toBe(true);
    expect(new Set(all).size).toBe(all.length);
  });

  it('sort by the millisecond in which they were made', () => {
    const now = vi.spyOn(Date, 'now');
    const ids = new ObjectIds();
    const inTurn = [1_767_225_599_999, 1_767_225_600_000, 1_767_225_600_001, 1_767_225_600_010, 1_767_225_600_999].map(
      (time) => {
        now.mockReturnValue(time);
        return ids.next();
      },
    );
    expect(inTurn.toSorted()).toEqual(inTurn);
    expect(inTurn.map((id) => Number.parseInt(id.slice(0, 8), 16))).toEqual([
      1_767_225_599, 1_767_225_600, 1_767_225_600, 1_767_225_600, 1_767_225_600,
    ]);
  });

  it('show nothing of how many lie between two of them: what follows the time is random', () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_767_225_600_000);
    const ids = made();
    const ascending = ids.filter((id, index) => index > 0 && id > ids[index - 1]!).length;
    // Half of the neighbours, within ten standard deviations.
    expect(Math.abs(ascending - many / 2)).toBeLessThan(10 * Math.sqrt(many / 4));
    // The two random bits beside the milliseconds, and each of the other digits.
    expect(new Set(ids.map((id) => id.slice(8, 11))).size).toBe(4);
    for (let digit = 11; digit < 24; digit += 1)
      expect(new Set(ids.map((id) => id[digit])).size, `digit ${digit}`).toBe(16);
  });
});
