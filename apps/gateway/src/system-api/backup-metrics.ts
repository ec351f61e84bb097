import type { Registry } from 'prom-client';
import type { Backups, BackupSchedule } from '@datakeep/contracts';
import { gaugesOf } from '@datakeep/service-host';

/** Adds when a backup was last made, and whether the last one failed. */
export function measureBackups(registry: Registry, backups: Backups, schedule: BackupSchedule): void {
  const gauge = gaugesOf(registry, async () => {
    const [{ items, failed }, scheduled] = [await backups.state(), schedule.state()];
    // The list has those made by hand; one that was made by schedule counts also where its file has been moved away.
    const made = [items[0]?.madeAt, scheduled.lastMade?.at].flatMap((at) => (at === undefined ? [] : [Date.parse(at)]));
    const hasFailed = failed !== null || scheduled.failed !== null;
    return { lastMade: Math.max(0, ...made), hasFailed, drillFailed: (scheduled.lastDrill?.fault ?? null) !== null };
  });
  gauge(
    'datakeep_backup_last_success_timestamp_seconds',
    'When the last backup in DATA_DIR/backups was made, in Unix time; 0: none.',
    ({ lastMade }) => lastMade / 1000,
  );
  gauge(
    'datakeep_backup_last_failed',
    '1 where the last backup by schedule, or the last one by hand, was not made.',
    ({ hasFailed }) => (hasFailed ? 1 : 0),
  );
  gauge(
    'datakeep_backup_last_drill_failed',
    '1 where no keep could be started on the backup that was last tried, or something was missing in it.',
    ({ drillFailed }) => (drillFailed ? 1 : 0),
  );
}
