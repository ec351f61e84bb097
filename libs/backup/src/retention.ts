import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Retention } from '@datakeep/kernel';
import { dateOfBackup } from './backups-folder.ts';

const dayMs = 86_400_000;

/** A day since 1970-01-01, the Monday's week that it is in, and its month, each counted on. */
function periodsOf(at: Date): Readonly<Record<keyof Retention, number>> {
  const days = Math.floor(at.getTime() / dayMs);
  // 1970-01-01 was a Thursday, three days after a Monday.
  return { days, weeks: Math.floor((days + 3) / 7), months: at.getUTCFullYear() * 12 + at.getUTCMonth() };
}

/**
 * The names that a retention no longer keeps. Kept are the newest of each of the last N days, ISO weeks and months
 * (UTC) that have one, and the newest of all. Only names of `backupName` are judged.
 */
export function expiredBackups(names: readonly string[], retention: Retention): readonly string[] {
  const backups = names
    .flatMap((name) => {
      const at = dateOfBackup(name);
      return at === undefined ? [] : [{ name, at }];
    })
    .toSorted((a, b) => b.at.getTime() - a.at.getTime());
  const kept = new Set(backups.slice(0, 1));
  for (const unit of ['days', 'weeks', 'months'] as const) {
    const periods = new Set<number>();
    for (const backup of backups) {
      const period = periodsOf(backup.at)[unit];
      if (periods.has(period)) continue;
      if (periods.size === retention[unit]) break;
      periods.add(period);
      kept.add(backup);
    }
  }
  return backups.filter((backup) => !kept.has(backup)).map(({ name }) => name);
}

/**
 * Removes from DATA_DIR/backups what the retention no longer keeps, and never `made`: a clock that was set back makes
 * the newest backup look old. Answers the names, newest first.
 */
export function removeExpired(folder: string, retention: Retention, made: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => lstatSync(join(folder, name)).isFile());
  const removed = expiredBackups(files, retention).filter((name) => name !== made);
  for (const name of removed) rmSync(join(folder, name), { force: true });
  return removed;
}
