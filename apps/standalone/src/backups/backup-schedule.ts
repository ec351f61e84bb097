import { BackupError, backupsFolder, checkPassphrase, removeExpired, systemFault } from '@datakeep/backup';
import type { BackupSchedule, BackupScheduleChange, BackupScheduleState } from '@datakeep/contracts';
import {
  type Clock,
  cronFault,
  cronLegal,
  DatakeepError,
  type InputError,
  type Logger,
  nextDue,
  parseRetention,
  retentionLegal,
  type Timer,
} from '@datakeep/kernel';
import type { BackupOutcome } from './keep-backups.ts';
import { ScheduleFile, type ScheduleSetting, type StoredSchedule } from './schedule-file.ts';

export interface KeepBackupScheduleOptions {
  readonly dataDir: string;
  /** As variables set it, which then counts. */
  readonly configured?: ScheduleSetting | undefined;
  /** What is kept where the setting does not say. */
  readonly defaultKeep?: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Throws `backup-under-way`. */
  readonly begin: (passphrase: string) => Begun;
  /** Restores a backup and starts a keep on it. Resolves with what was wrong. */
  readonly drill: (name: string, passphrase: string) => Promise<string | undefined>;
}

interface Begun {
  readonly ended: Promise<BackupOutcome>;
}

/** A timer does not run while the machine sleeps: so long, ms, a due time can be noticed late. */
const stepMs = 5 * 60_000;

/** Makes a backup when one is due, then removes old ones. One that fails is tried again at the next due time. */
export class KeepBackupSchedule implements BackupSchedule {
  readonly #options: KeepBackupScheduleOptions;
  readonly #file: ScheduleFile;
  #stored: StoredSchedule = {};
  #timer: Timer | undefined;
  #isMaking = false;
  #isClosed = false;

  constructor(options: KeepBackupScheduleOptions) {
    this.#options = options;
    this.#file = new ScheduleFile(options.dataDir);
  }

  /** Reads what lasts and waits for the due time. One that passed meanwhile is made up for at once. */
  open(): void {
    const stored = this.#file.read();
    this.#stored = stored ?? {};
    if (stored === undefined) this.#fail('The file of the schedule is damaged: set the schedule anew.');
    else if (stored.begunAt !== undefined) this.#fail('The keep ended before the backup was made.', stored.begunAt);
    this.#wait();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  state(): BackupScheduleState {
    const setting = this.#setting();
    const { due, lastMade, failed, lastDrill } = this.#stored;
    return {
      source: setting === undefined ? 'none' : this.#options.configured === undefined ? 'admin' : 'configuration',
      cron: setting?.cron ?? null,
      keep: setting?.keep ?? null,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      nextAt: setting !== undefined && due?.cron === setting.cron ? due.at : null,
      lastMade: lastMade ?? null,
      failed: failed ?? null,
      lastDrill: lastDrill ?? null,
    };
  }

  set(change: BackupScheduleChange): BackupScheduleState {
    this.#refuseConfigured();
    const { cron, keep } = change;
    const passphrase = change.passphrase ?? this.#stored.setting?.passphrase;
    const errors = faultsOf(cron, keep, passphrase);
    if (errors.length > 0) throw DatakeepError.invalid(errors);
    const stored = { ...this.#stored, setting: { cron, keep, passphrase: passphrase! }, due: undefined };
    this.#file.write(stored);
    this.#stored = stored;
    this.#wait();
    return this.state();
  }

  remove(): void {
    this.#refuseConfigured();
    this.#file.remove();
    this.#stored = {};
    this.#wait();
  }

  #setting(): ScheduleSetting | undefined {
    const setting = this.#options.configured ?? this.#stored.setting;
    return setting && { ...setting, keep: setting.keep ?? this.#options.defaultKeep };
  }

  #wait(leastMs = 0): void {
    this.#timer?.cancel();
    const setting = this.#setting();
    if (setting === undefined || this.#isMaking || this.#isClosed) return;
    const now = this.#options.clock.now();
    const { due } = this.#stored;
    const next = nextDue(setting.cron, now);
    if (next === undefined) return;
    // The earlier: a clock that ran ahead and was set back leaves a due time far off.
    const at = due?.cron === setting.cron ? Math.min(Date.parse(due.at), next) : next;
    this.#note({ due: { cron: setting.cron, at: dateOf(at) } });
    const delay = Math.min(Math.max(at - now, leastMs), stepMs);
    this.#timer = this.#options.clock.setTimer(delay, () => void this.#act(setting, at));
  }

  async #act(setting: ScheduleSetting, due: number): Promise<void> {
    if (this.#options.clock.now() < due) return this.#wait();
    const begun = this.#begin(setting);
    if (begun === undefined) return this.#wait(stepMs);
    await this.#make(setting, begun);
    this.#wait();
  }

  /** `undefined` while one is being made that was begun by hand: it may have another passphrase. */
  #begin({ passphrase }: ScheduleSetting): Begun | undefined {
    try {
      return this.#options.begin(passphrase);
    } catch (error) {
      if (DatakeepError.from(error)?.code === 'backup-under-way') return undefined;
      throw error;
    }
  }

  async #make(setting: ScheduleSetting, begun: Begun): Promise<void> {
    const now = this.#options.clock.now();
    this.#isMaking = true;
    const next = nextDue(setting.cron, now);
    // Before it has ended: a backup that brings the keep down is not begun again at each start.
    this.#note({
      begunAt: dateOf(now),
      due: next === undefined ? undefined : { cron: setting.cron, at: dateOf(next) },
    });
    const outcome = await begun.ended;
    if (this.#isOn()) {
      if ('reason' in outcome) this.#fail(outcome.reason);
      else await this.#made(outcome.name, setting);
    }
    this.#isMaking = false;
  }

  /** Whether what was begun still matters: the keep goes on, and the schedule was not removed meanwhile. */
  #isOn(): boolean {
    return !this.#isClosed && this.#setting() !== undefined;
  }

  async #made(name: string, setting: ScheduleSetting): Promise<void> {
    const at = dateOf(this.#options.clock.now());
    this.#note({ begunAt: undefined, failed: undefined, lastMade: { at, name } });
    if (monthOf(this.#stored.lastDrill?.at) !== monthOf(at)) {
      const fault = await this.#options.drill(name, setting.passphrase);
      if (!this.#isOn()) return;
      this.#note({ lastDrill: { at: dateOf(this.#options.clock.now()), fault: fault ?? null } });
      // Old backups may be all that is left.
      if (fault !== undefined) return this.#options.logger.error('the drill of a backup failed', { reason: fault });
    }
    this.#removeOld(name, setting);
  }

  #removeOld(name: string, { keep }: ScheduleSetting): void {
    const { dataDir, logger } = this.#options;
    if (keep === undefined) return;
    try {
      const removed = removeExpired(backupsFolder(dataDir), parseRetention(keep)!, name);
      if (removed.length > 0) logger.info('old backups were removed', { count: removed.length });
    } catch (error) {
      this.#fail(`The backup was made, and old ones could not be removed: ${systemFault(error)}.`);
    }
  }

  #fail(reason: string, at = dateOf(this.#options.clock.now())): void {
    this.#options.logger.error('a scheduled backup failed', { reason });
    this.#note({ begunAt: undefined, failed: { at, reason } });
  }

  /** What cannot be written, as on a full disk, lasts as long as the process. */
  #note(change: StoredSchedule): void {
    const stored = { ...this.#stored, ...change };
    if (JSON.stringify(stored) === JSON.stringify(this.#stored)) return;
    this.#stored = stored;
    try {
      this.#file.write(stored);
    } catch (error) {
      this.#options.logger.error('the schedule of backups could not be stored', {}, error);
    }
  }

  #refuseConfigured(): void {
    if (this.#options.configured !== undefined) throw new DatakeepError('backup-schedule-configured');
  }
}

function faultsOf(cron: string, keep: string | undefined, passphrase: string | undefined): InputError[] {
  const errors: InputError[] = [];
  const fault = cronFault(cron);
  if (fault !== undefined)
    errors.push({ pointer: '/cron', code: 'format', detail: `Expected ${cronLegal}: ${fault}.` });
  if (keep !== undefined && parseRetention(keep) === undefined)
    errors.push({ pointer: '/keep', code: 'format', detail: `Expected ${retentionLegal}.` });
  if (passphrase === undefined)
    errors.push({ pointer: '/passphrase', code: 'required', detail: 'A schedule needs a passphrase.' });
  else
    try {
      checkPassphrase(passphrase);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      errors.push({ pointer: '/passphrase', code: 'range', detail: error.message });
    }
  return errors;
}

/** `2026-11`, in UTC. */
function monthOf(date: string | undefined): string | undefined {
  return date?.slice(0, 7);
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString();
}
