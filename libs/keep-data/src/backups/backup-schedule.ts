import {
  BackupError,
  backupsFolder,
  checkPassphrase,
  isBackupUnderWay,
  removeExpired,
  systemFault,
} from '@datakeep/backup';
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
import type { BegunBackup } from './keep-backups.ts';
import { endedEarly } from './progress-file.ts';
import { ScheduleFile, type ScheduleSetting, type StoredSchedule } from './schedule-file.ts';

export interface KeepBackupScheduleOptions {
  readonly dataDir: string;
  /** As variables set it, which then counts. */
  readonly configured?: ScheduleSetting | undefined;
  /** What is kept where the setting does not say. */
  readonly defaultKeep?: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Rejects with `backup-under-way`, whichever process makes one; resolves with nothing where it is not wanted. */
  readonly begin: (passphrase: string, isWanted: () => boolean) => Promise<BegunBackup | undefined>;
  /** Restores a backup and starts a keep on it. Resolves with what was wrong; rejects as `begin`. */
  readonly drill: (name: string, passphrase: string) => Promise<string | undefined>;
}

/**
 * A timer does not run while the machine sleeps, and another process may change the schedule: so long, ms, either can
 * be noticed late.
 */
const stepMs = 5 * 60_000;

/**
 * Makes a backup when one is due, then removes old ones. One that fails is tried again at the next due time; one whose
 * process ends meanwhile is made anew at once. Where several processes share DATA_DIR, one of them makes it: what lasts
 * is in its file, and is read anew for each act.
 */
export class KeepBackupSchedule implements BackupSchedule {
  readonly #options: KeepBackupScheduleOptions;
  readonly #file: ScheduleFile;
  /** As last read. */
  #known: StoredSchedule = {};
  /** What cannot be written, as on a full disk. It counts in this process, over what the file says, until it is. */
  #unwritten: StoredSchedule = {};
  #timer: Timer | undefined;
  #isMaking = false;
  #isClosed = false;

  constructor(options: KeepBackupScheduleOptions) {
    this.#options = options;
    this.#file = new ScheduleFile(options.dataDir);
  }

  /** Reads what lasts and waits for the due time. One that passed meanwhile is made up for at once. */
  open(): void {
    if (this.#file.read() === undefined) this.#fail('The file of the schedule is damaged: set the schedule anew.');
    this.#wait();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  state(): BackupScheduleState {
    const stored = this.#read();
    const setting = this.#setting(stored);
    const { due, lastMade, failed, lastDrill } = stored;
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
    const stored = this.#read();
    const passphrase = change.passphrase ?? stored.setting?.passphrase;
    const errors = faultsOf(cron, keep, passphrase);
    if (errors.length > 0) throw DatakeepError.invalid(errors);
    this.#file.write({ ...stored, setting: { cron, keep, passphrase: passphrase! }, due: undefined });
    this.#unwritten = {};
    this.#wait();
    return this.state();
  }

  remove(): void {
    this.#refuseConfigured();
    this.#file.remove();
    this.#unwritten = {};
    this.#wait();
  }

  #read(): StoredSchedule {
    try {
      this.#known = this.#file.read() ?? {};
    } catch (error) {
      this.#options.logger.error('the schedule of backups could not be read', {}, error);
    }
    return { ...this.#known, ...this.#unwritten };
  }

  #setting(stored = this.#read()): ScheduleSetting | undefined {
    const setting = this.#options.configured ?? stored.setting;
    return setting && { ...setting, keep: setting.keep ?? this.#options.defaultKeep };
  }

  #wait(leastMs = 0): void {
    this.#timer?.cancel();
    if (this.#isMaking || this.#isClosed) return;
    const { begunAt } = this.#read();
    if (begunAt !== undefined && !isBackupUnderWay(this.#options.dataDir))
      this.#fail(endedEarly, begunAt, this.#repeat());
    const at = this.#dueAt(this.#setting());
    if (at !== undefined) this.#note({ due: { cron: this.#setting()!.cron, at: dateOf(at) } });
    const delay = Math.max((at ?? Infinity) - this.#options.clock.now(), leastMs);
    this.#timer = this.#options.clock.setTimer(Math.min(delay, stepMs), () => void this.#act());
  }

  /** Due once more, at once. A repeat is not repeated: a backup that brings the keep down does not do so for ever. */
  #repeat(): StoredSchedule {
    const { servedAt, repeatAt } = this.#read();
    const setting = this.#setting();
    if (setting === undefined || servedAt === repeatAt) return {};
    const at = dateOf(this.#options.clock.now());
    return { repeatAt: at, due: { cron: setting.cron, at } };
  }

  #dueAt(setting: ScheduleSetting | undefined): number | undefined {
    if (setting === undefined) return undefined;
    const { due, servedAt } = this.#read();
    const now = this.#options.clock.now();
    const next = nextDue(setting.cron, now);
    if (due?.cron !== setting.cron || next === undefined) return next;
    const noted = Date.parse(due.at);
    // By a clock a little behind that of the process which served it, it lies ahead once more.
    if (dateOf(next) === servedAt && next - now < stepMs) return noted;
    // The earlier: a clock that ran ahead and was set back leaves a due time far off.
    return Math.min(noted, next);
  }

  async #act(): Promise<void> {
    const setting = this.#setting();
    const due = this.#dueAt(setting);
    if (setting === undefined || due === undefined || this.#options.clock.now() < due) return this.#wait();
    const begun = await this.#begin(setting, due);
    if (begun === undefined) return this.#wait(this.#isDue(setting, due) ? stepMs : 0);
    await this.#make(setting, due, begun);
    this.#wait();
  }

  #isDue(setting: ScheduleSetting, due: number): boolean {
    return !this.#isClosed && this.#dueAt(setting) === due;
  }

  /** `undefined` while one is being made, which may have another passphrase, or where another process has served it. */
  async #begin(setting: ScheduleSetting, due: number): Promise<BegunBackup | undefined> {
    try {
      return await this.#options.begin(setting.passphrase, () => this.#isDue(setting, due));
    } catch (error) {
      const known = DatakeepError.from(error);
      if (known?.code === 'backup-under-way') return undefined;
      return { ended: Promise.resolve({ reason: known?.message ?? systemFault(error) }) };
    }
  }

  async #make(setting: ScheduleSetting, due: number, begun: BegunBackup): Promise<void> {
    const now = this.#options.clock.now();
    this.#isMaking = true;
    const nextAt = nextDue(setting.cron, now);
    const next = nextAt === undefined ? undefined : { cron: setting.cron, at: dateOf(nextAt) };
    // Before it has ended: a backup that brings the keep down is not begun again at each start.
    this.#note({ begunAt: dateOf(now), servedAt: dateOf(due), due: next });
    const outcome = await begun.ended;
    if (this.#isOn()) {
      if ('reason' in outcome) this.#fail(outcome.reason);
      else await this.#made(outcome.name, setting, next);
    }
    this.#isMaking = false;
  }

  /** Whether what was begun still matters: the keep goes on, and the schedule was not removed meanwhile. */
  #isOn(): boolean {
    return !this.#isClosed && this.#setting() !== undefined;
  }

  async #made(name: string, setting: ScheduleSetting, next: StoredSchedule['due']): Promise<void> {
    const at = dateOf(this.#options.clock.now());
    const { due, repeatAt } = this.#read();
    // Another process may have looked between the release of the lock and this line.
    const kept = due?.at === repeatAt ? next : due;
    this.#note({ begunAt: undefined, failed: undefined, lastMade: { at, name }, due: kept });
    if (monthOf(this.#read().lastDrill?.at) !== monthOf(at)) {
      let fault: string | undefined;
      try {
        fault = await this.#options.drill(name, setting.passphrase);
      } catch (error) {
        // The next backup is drilled in its place.
        if (DatakeepError.from(error)?.code === 'backup-under-way') return;
        throw error;
      }
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

  #fail(reason: string, at = dateOf(this.#options.clock.now()), change: StoredSchedule = {}): void {
    this.#options.logger.error('a scheduled backup failed', { reason });
    this.#note({ begunAt: undefined, failed: { at, reason }, ...change });
  }

  #note(change: StoredSchedule): void {
    const before = this.#read();
    const stored = { ...before, ...change };
    const isWritten = Object.keys(this.#unwritten).length === 0;
    if (isWritten && JSON.stringify(stored) === JSON.stringify(before)) return;
    try {
      this.#file.write(stored);
      this.#unwritten = {};
    } catch (error) {
      this.#unwritten = { ...this.#unwritten, ...change };
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
