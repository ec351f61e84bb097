import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backupName, backupsFolder, isBackupUnderWay } from '@datakeep/backup';
import { createLogger, DatakeepError, type InputError } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { FileLock } from '@datakeep/sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeepBackupSchedule, type KeepBackupScheduleOptions } from './backup-schedule.ts';
import type { BackupOutcome } from './keep-backups.ts';

const passphrase = 'a passphrase of tests';
const hour = 3_600_000;
const day = 24 * hour;
/** On the hour in each time zone that tests may run in, so that an hourly schedule is due an hour later. */
const start = Date.parse('2026-11-30T12:00:00Z');

describe('a schedule of backups', () => {
  let dataDir: string;
  let clock: ManualClock;
  let logged: string[];
  let made: string[];
  let drilled: string[];
  let drillFault: string | undefined;
  let outcome: (name: string) => Promise<BackupOutcome>;
  let schedule: KeepBackupSchedule;

  /** In the place of the worker: the file that it would make, without its scrypt. */
  const begin: KeepBackupScheduleOptions['begin'] = async (given, isWanted) => {
    expect(given).toBe(passphrase);
    if (!isWanted()) return undefined;
    const name = backupName(new Date(clock.now()));
    made.push(name);
    return { ended: outcome(name) };
  };
  const drill = async (name: string): Promise<string | undefined> => {
    drilled.push(name);
    return drillFault;
  };
  const open = (options: Partial<KeepBackupScheduleOptions> = {}): KeepBackupSchedule => {
    const logger = createLogger('debug', { write: (line: string) => void logged.push(line) });
    const opened = new KeepBackupSchedule({ dataDir, clock, logger, begin, drill, ...options });
    opened.open();
    return opened;
  };
  const restart = (asleepMs = 0): void => {
    schedule.close();
    clock = new ManualClock(clock.now() + asleepMs);
    schedule = open();
  };
  const faultOf = (act: () => unknown): readonly InputError[] => {
    try {
      act();
    } catch (error) {
      return DatakeepError.from(error)?.errors ?? [];
    }
    return [];
  };
  const file = (): string => join(dataDir, 'backup-schedule.json');

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-schedule-'));
    mkdirSync(backupsFolder(dataDir));
    clock = new ManualClock(start);
    logged = [];
    made = [];
    drilled = [];
    drillFault = undefined;
    outcome = async (name) => {
      writeFileSync(join(backupsFolder(dataDir), name), '');
      return { name };
    };
    schedule = open();
  });
  afterEach(() => {
    schedule.close();
    rmSync(dataDir, { recursive: true });
  });

  it('makes one whenever one is due, and none before', async () => {
    expect(schedule.set({ cron: '0 * * * *', passphrase })).toMatchObject({
      source: 'admin',
      cron: '0 * * * *',
      keep: null,
      nextAt: new Date(start + hour).toISOString(),
      lastMade: null,
    });
    await clock.advance(hour - 1);
    expect(made).toEqual([]);
    await clock.advance(1);
    expect(made).toHaveLength(1);
    await clock.advance(3 * hour);
    expect(made).toHaveLength(4);
    expect(schedule.state()).toMatchObject({
      lastMade: { at: new Date(start + 4 * hour).toISOString(), name: made[3] },
      failed: null,
      nextAt: new Date(start + 5 * hour).toISOString(),
    });
  });

  it('waits for months, though a timer holds 24.8 days', async () => {
    const noon = new Date(start + 40 * day);
    const cron = `${noon.getMinutes()} ${noon.getHours()} ${noon.getDate()} ${noon.getMonth() + 1} *`;
    schedule.set({ cron, passphrase });
    await clock.advance(40 * day - 1);
    expect(made).toEqual([]);
    await clock.advance(1);
    expect(made).toHaveLength(1);
  });

  it('makes up once for the times that passed while the keep was down', async () => {
    schedule.set({ cron: '0 * * * *', passphrase });
    restart(3.5 * hour);
    await clock.advance(0);
    expect(made).toHaveLength(1);
    await clock.advance(hour / 2 - 1);
    expect(made).toHaveLength(1);
    await clock.advance(1);
    expect(made).toHaveLength(2);
  });

  it('makes up once for the times that passed while the machine slept', async () => {
    schedule.set({ cron: '0 * * * *', passphrase });
    // Wakes with the wall clock three hours on, and with the timers where they were.
    const { now } = clock;
    let asleep = 0;
    clock.now = () => now.call(clock) + asleep;
    asleep = 3.25 * hour;
    await clock.advance(6 * 60_000);
    expect(made).toHaveLength(1);
  });

  it('is not put off by a clock that ran ahead and was set back', async () => {
    schedule.set({ cron: '0 * * * *', passphrase });
    restart(900 * day);
    await clock.advance(1);
    expect(made).toHaveLength(1);
    restart(-900 * day);
    await clock.advance(hour);
    expect(made).toHaveLength(2);
  });

  it('survives a restart, with its passphrase and its last result', async () => {
    schedule.set({ cron: '0 * * * *', keep: '2d', passphrase });
    await clock.advance(hour);
    const before = schedule.state();
    restart();
    expect(schedule.state()).toEqual(before);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    schedule.set({ cron: '30 * * * *' });
    await clock.advance(hour);
    expect(made).toHaveLength(2);
  });

  it('makes none once it is removed, and forgets its passphrase', async () => {
    schedule.set({ cron: '0 * * * *', passphrase });
    schedule.remove();
    await clock.advance(day);
    expect(made).toEqual([]);
    expect(schedule.state()).toMatchObject({ source: 'none', cron: null, nextAt: null });
    expect(readdirSync(dataDir)).toEqual(['backups']);
    expect(faultOf(() => schedule.set({ cron: '0 * * * *' }))).toMatchObject([
      { pointer: '/passphrase', code: 'required' },
    ]);
  });

  it('removes old ones after a new one was made, and none where it was not', async () => {
    schedule.set({ cron: '0 * * * *', keep: '1d', passphrase });
    const old = backupName(new Date(start - 40 * day));
    writeFileSync(join(backupsFolder(dataDir), old), '');
    const succeed = outcome;
    outcome = async () => ({ reason: 'the disk is full' });
    await clock.advance(hour);
    expect(readdirSync(backupsFolder(dataDir))).toEqual([old]);
    outcome = succeed;
    await clock.advance(hour);
    expect(readdirSync(backupsFolder(dataDir))).toEqual([made[1]]);
  });

  it('drills the first backup of each month, and no other', async () => {
    schedule.set({ cron: '0 * * * *', passphrase });
    await clock.advance(2 * hour);
    expect(drilled).toEqual([made[0]]);
    restart();
    expect(schedule.state().lastDrill).toEqual({ at: new Date(start + hour).toISOString(), fault: null });
    await clock.advance(12 * hour);
    expect(drilled).toHaveLength(2);
    expect(drilled[1]).toContain('2026-12-01T');
  });

  it('keeps what a drill found, and all old backups then', async () => {
    schedule.set({ cron: '0 * * * *', keep: '1d', passphrase });
    const old = backupName(new Date(start - 40 * day));
    writeFileSync(join(backupsFolder(dataDir), old), '');
    drillFault = 'The restored keep has 3 events, and the manifest says 2.';
    await clock.advance(hour);
    restart();
    expect(schedule.state()).toMatchObject({ lastDrill: { fault: drillFault }, lastMade: { name: made[0] } });
    expect(readdirSync(backupsFolder(dataDir))).toContain(old);
    expect(logged.join('')).toContain('the drill of a backup failed');
  });

  it('drills the next one where another process has the folder, and removes no old ones until then', async () => {
    schedule.close();
    let isBusy = true;
    schedule = open({
      drill: async (name) => {
        if (isBusy) throw new DatakeepError('backup-under-way');
        return drill(name);
      },
    });
    schedule.set({ cron: '0 * * * *', keep: '1d', passphrase });
    const old = backupName(new Date(start - 40 * day));
    writeFileSync(join(backupsFolder(dataDir), old), '');
    await clock.advance(hour);
    expect(schedule.state()).toMatchObject({ lastDrill: null, lastMade: { name: made[0] }, failed: null });
    expect(readdirSync(backupsFolder(dataDir))).toContain(old);
    isBusy = false;
    await clock.advance(hour);
    expect(drilled).toEqual([made[1]]);
    expect(schedule.state().lastDrill).toMatchObject({ fault: null });
    expect(readdirSync(backupsFolder(dataDir))).not.toContain(old);
  });

  it('keeps a failure across a restart, and tries again at the next due time', async () => {
    schedule.set({ cron: '0 * * * *', passphrase });
    const succeed = outcome;
    outcome = async () => ({ reason: 'the disk is full' });
    await clock.advance(hour);
    restart();
    expect(schedule.state()).toMatchObject({
      failed: { at: new Date(start + hour).toISOString(), reason: 'the disk is full' },
      lastMade: null,
    });
    expect(logged.join('')).toContain('a scheduled backup failed');
    outcome = succeed;
    await clock.advance(hour - 1);
    expect(made).toHaveLength(1);
    await clock.advance(1);
    expect(made).toHaveLength(2);
    expect(schedule.state()).toMatchObject({ failed: null, lastMade: { name: made[1] } });
  });

  it('makes one anew, once, that was under way when the keep ended, and says that it failed', async () => {
    schedule.set({ cron: '0 * * * *', passphrase });
    const succeed = outcome;
    outcome = () => new Promise(() => undefined);
    await clock.advance(hour);
    const reason = 'The keep ended before the backup was made.';
    restart(5 * 60_000);
    expect(schedule.state()).toMatchObject({ failed: { at: new Date(start + hour).toISOString(), reason } });
    await clock.advance(0);
    expect(made).toHaveLength(2);
    restart(5 * 60_000);
    await clock.advance(hour - 10 * 60_000 - 1);
    expect(made).toHaveLength(2);
    expect(schedule.state().failed).toMatchObject({ reason });
    await clock.advance(1);
    expect(made).toHaveLength(3);
    outcome = succeed;
    restart();
    await clock.advance(0);
    expect(made).toHaveLength(4);
    expect(schedule.state()).toMatchObject({ failed: null, nextAt: new Date(start + 3 * hour).toISOString() });
  });

  it('waits for one that was begun by hand', async () => {
    let isBusy = true;
    schedule.close();
    schedule = open({
      begin: async (given, isWanted) => {
        if (isBusy) throw new DatakeepError('backup-under-way');
        return begin(given, isWanted);
      },
    });
    schedule.set({ cron: '0 * * * *', passphrase });
    await clock.advance(hour + 10 * 60_000);
    expect(made).toEqual([]);
    isBusy = false;
    await clock.advance(5 * 60_000);
    expect(made).toHaveLength(1);
  });

  describe('of two processes that share the folder', () => {
    let other: KeepBackupSchedule;
    let lock: FileLock | undefined;
    let end: () => void;

    /** As `KeepBackups`: one at a time, of all processes. */
    const alone: KeepBackupScheduleOptions['begin'] = async (given, isWanted) => {
      if (isBackupUnderWay(dataDir)) throw new DatakeepError('backup-under-way');
      const held = FileLock.take(join(backupsFolder(dataDir), '.lock'), '');
      const begun = await begin(given, isWanted);
      if (begun === undefined) held.release();
      else lock = held;
      return begun;
    };
    beforeEach(() => {
      schedule.close();
      outcome = (name) => {
        const { promise, resolve } = Promise.withResolvers<BackupOutcome>();
        end = () => {
          lock!.release();
          resolve({ name });
        };
        return promise;
      };
      schedule = open({ begin: alone });
      other = open({ begin: alone });
      schedule.set({ cron: '0 * * * *', passphrase });
    });
    afterEach(() => {
      other.close();
      lock?.release();
    });

    it('is set in one and shown in the other', () => {
      expect(other.state()).toEqual(schedule.state());
      other.remove();
      expect(schedule.state()).toMatchObject({ source: 'none', nextAt: null });
    });

    it('makes one backup for one due time, and the other goes on where the first has gone', async () => {
      await clock.advance(5 * 60_000);
      await clock.advance(hour - 5 * 60_000);
      expect(made).toHaveLength(1);
      end();
      await clock.advance(20 * 60_000);
      expect(made).toHaveLength(1);
      expect(other.state()).toMatchObject({ lastMade: { name: made[0] }, failed: null });
      expect(schedule.state()).toEqual(other.state());
      other.close();
      await clock.advance(40 * 60_000);
      expect(made).toHaveLength(2);
      end();
    });

    it('makes no second one by a clock that is behind', async () => {
      await clock.advance(hour);
      end();
      await clock.advance(0);
      other.close();
      clock = new ManualClock(start + hour - 2000);
      other = open({ begin: alone });
      await clock.advance(hour - 60_000);
      expect(made).toHaveLength(1);
    });

    it.each([
      ['is changed', () => schedule.set({ cron: '30 * * * *', passphrase }), '30 * * * *'],
      ['is removed', () => schedule.remove(), null],
    ])('%s in one for good, though the other could not write its file for a while', async (_what, change, cron) => {
      // Where its next version would be written.
      mkdirSync(`${file()}.part`);
      await clock.advance(hour);
      expect(logged.join('')).toContain('could not be stored');
      rmdirSync(`${file()}.part`);
      end();
      change();
      await clock.advance(hour);
      expect(schedule.state().cron).toBe(cron);
      expect(other.state().cron).toBe(cron);
    });

    it('makes one anew whose process has gone, and leaves alone one that is being made', async () => {
      await clock.advance(hour + 10 * 60_000);
      expect(schedule.state().failed).toBe(null);
      // Its timer was set first.
      other.close();
      lock!.release();
      expect(made).toHaveLength(1);
      await clock.advance(5 * 60_000);
      expect(schedule.state().failed).toMatchObject({ reason: 'The keep ended before the backup was made.' });
      expect(made).toHaveLength(2);
      end();
      await clock.advance(0);
      expect(schedule.state()).toMatchObject({ failed: null, lastMade: { name: made[1] } });
    });
  });

  it('refuses what is no schedule, no retention and no passphrase, and changes nothing', () => {
    expect(faultOf(() => schedule.set({ cron: 'daily', keep: 'all', passphrase: 'short' }))).toEqual([
      { pointer: '/cron', code: 'format', detail: expect.stringContaining('it has 1 field') as string },
      { pointer: '/keep', code: 'format', detail: expect.stringContaining('7d,4w,6m') as string },
      { pointer: '/passphrase', code: 'range', detail: 'A passphrase has at least 12 characters.' },
    ]);
    expect(schedule.state().source).toBe('none');
    expect(readdirSync(dataDir)).toEqual(['backups']);
  });

  it('is that of the variables where they are set, and cannot be changed then', async () => {
    schedule.set({ cron: '0 0 1 1 *', passphrase: 'another passphrase' });
    schedule.close();
    schedule = open({ configured: { cron: '0 * * * *', passphrase }, defaultKeep: '7d' });
    expect(schedule.state()).toMatchObject({ source: 'configuration', cron: '0 * * * *', keep: '7d' });
    expect(() => schedule.set({ cron: '0 4 * * *', passphrase })).toThrow(DatakeepError);
    expect(() => schedule.remove()).toThrow(DatakeepError);
    await clock.advance(hour);
    expect(made).toHaveLength(1);
    restart();
    expect(schedule.state()).toMatchObject({ source: 'admin', cron: '0 0 1 1 *', lastMade: { name: made[0] } });
  });

  it('shows its passphrase in no state and no line of the log', async () => {
    schedule.set({ cron: '0 * * * *', passphrase });
    await clock.advance(hour);
    outcome = async () => ({ reason: 'the disk is full' });
    await clock.advance(hour);
    expect(readFileSync(file(), 'utf8')).toContain(passphrase);
    expect(JSON.stringify([schedule.state(), logged])).not.toContain(passphrase);
  });

  it('goes on without a schedule where its file is damaged, and says so', () => {
    schedule.close();
    writeFileSync(file(), '{"format":1,"setting":{"cron":"0 * *');
    schedule = open();
    expect(schedule.state()).toMatchObject({
      source: 'none',
      failed: { reason: expect.stringContaining('is damaged') },
    });
  });

  it('ends with the keep: no timer is left', async () => {
    schedule.set({ cron: '0 * * * *', passphrase });
    schedule.close();
    const setTimer = vi.spyOn(clock, 'setTimer');
    await clock.advance(day);
    expect(made).toEqual([]);
    expect(setTimer).not.toHaveBeenCalled();
  });
});
