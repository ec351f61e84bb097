import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRetention, type Retention } from '@datakeep/kernel';
import { describe, expect, it } from 'vitest';
import { backupName } from './backups-folder.ts';
import { expiredBackups, removeExpired } from './retention.ts';

const hour = 3_600_000;
const keep = (text: string): Retention => parseRetention(text)!;
const named = (...dates: readonly string[]): readonly string[] => dates.map((date) => backupName(new Date(date)));

/** What is left of backups at these moments. */
function left(text: string, ...dates: readonly string[]): readonly string[] {
  const expired = expiredBackups(named(...dates), keep(text));
  return dates.filter((date) => !expired.includes(named(date)[0]!));
}

describe('the retention of backups', () => {
  it('keeps the newest of each of the last days that have one, whatever lies between', () => {
    expect(
      left(
        '3d',
        '2026-11-30T23:59:59Z',
        '2026-11-30T00:00:00Z',
        '2026-11-29T12:00:00Z',
        '2026-11-02T05:00:00Z',
        '2026-11-02T04:00:00Z',
        '2026-11-01T04:00:00Z',
      ),
    ).toEqual(['2026-11-30T23:59:59Z', '2026-11-29T12:00:00Z', '2026-11-02T05:00:00Z']);
  });

  it('counts weeks from Monday, across the turn of a year', () => {
    // Monday 2026-12-28 and Sunday 2027-01-03 are of one ISO week.
    expect(
      left('2w', '2027-01-03T12:00:00Z', '2026-12-28T00:00:00Z', '2026-12-27T23:59:59Z', '2026-12-20T00:00:00Z'),
    ).toEqual(['2027-01-03T12:00:00Z', '2026-12-27T23:59:59Z']);
  });

  it('counts months of the calendar, and a backup of two periods for each', () => {
    expect(
      left('1d,2m', '2026-12-01T00:00:00Z', '2026-11-30T23:59:59Z', '2026-11-01T00:00:00Z', '2026-10-31T23:59:59Z'),
    ).toEqual(['2026-12-01T00:00:00Z', '2026-11-30T23:59:59Z']);
  });

  it('leaves of two years of hourly backups the last days, weeks and months', () => {
    const newest = Date.parse('2026-11-30T05:00:00Z');
    const all = Array.from({ length: 2 * 365 * 24 }, (_, back) => backupName(new Date(newest - back * hour)));
    const expired = new Set(expiredBackups(all, keep('7d,4w,6m')));
    const rest = all.filter((name) => !expired.has(name));
    // Seven days, two more weeks, five more months.
    expect(rest).toHaveLength(7 + 2 + 5);
    expect(rest[0]).toBe(backupName(new Date(newest)));
    expect(rest.at(-1)).toBe('datakeep-2026-06-30T23-00-00Z.tar.zst.age');
  });

  it('keeps the newest always', () => {
    expect(left('1m', '2001-01-01T00:00:00Z')).toEqual(['2001-01-01T00:00:00Z']);
    expect(expiredBackups([], keep('1d'))).toEqual([]);
  });

  it('touches nothing but what bears the exact name of a backup', () => {
    const folder = mkdtempSync(join(tmpdir(), 'datakeep-retention-'));
    try {
      const old = named('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z');
      const others = [
        '.lock',
        'schedule.json',
        'datakeep-2026-01-01T00-00-00Z.tar.zst.age.partial',
        'my-datakeep-2026-01-01T00-00-00Z.tar.zst.age',
        'datakeep-2026-13-45T00-00-00Z.tar.zst.age',
        'datakeep-2026-02-30T00-00-00Z.tar.zst.age',
        'datakeep-2026-01-01.tar.zst.age',
      ];
      const [made] = named('2026-11-30T00:00:00Z');
      for (const name of [...old, ...others, made!]) writeFileSync(join(folder, name), '');
      const [folderLikeOne] = named('2026-01-03T00:00:00Z');
      mkdirSync(join(folder, folderLikeOne!));
      expect(removeExpired(folder, keep('1d'), made!)).toEqual(old.toReversed());
      expect(readdirSync(folder).toSorted()).toEqual([...others, made!, folderLikeOne!].toSorted());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('never removes the one that was just made, though the clock was set back', () => {
    const folder = mkdtempSync(join(tmpdir(), 'datakeep-retention-'));
    try {
      const [later, made] = named('2026-11-30T00:00:00Z', '2026-11-01T00:00:00Z');
      for (const name of [later!, made!]) writeFileSync(join(folder, name), '');
      expect(removeExpired(folder, keep('1d'), made!)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
