import type { Isolation, SelfTestReport } from '@datakeep/contracts';
import type { Clock, Logger, Timer } from '@datakeep/kernel';
import type { Launcher } from '../jail/launcher.ts';

export interface IsolationGateOptions {
  readonly runtime: string;
  readonly launcher: Launcher;
  /** Makes the self-test; absent: none is made, and nothing is proved. */
  readonly test: (() => Promise<SelfTestReport>) | undefined;
  /** View code also runs below level `os`, and every run reports it. */
  readonly allowUnconfined: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

const againMs = 3_600_000;
/** A test that fails may have met a busy machine. */
const afterFailureMs = 60_000;

/**
 * Whether view code may run here, and what isolates it, by the last self-test alone. Contract: below level `os` nothing
 * runs unless the admin allowed it; until the first test has ended, runs wait.
 */
export class IsolationGate {
  readonly #options: IsolationGateOptions;
  #first: Promise<void> | undefined;
  #last: Promise<void> | undefined;
  #report: SelfTestReport | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: IsolationGateOptions) {
    this.#options = options;
  }

  get report(): SelfTestReport | undefined {
    return this.#report;
  }

  /** The isolation that runs report. */
  get isolation(): Isolation {
    const { layers } = this.#options.launcher.isolation;
    if (this.#report?.passed === true) return { level: 'os', layers };
    return { level: 'language', layers, ...(this.#options.allowUnconfined ? { unconfined: true } : {}) };
  }

  get proof(): string {
    const report = this.#report;
    const { proof } = this.#options.launcher.isolation;
    if (!report)
      return this.#options.test ? `${proof} The self-test has not ended yet.` : `${proof} No self-test is made.`;
    if (report.passed)
      return (
        `All ${report.attacks.length} attacks of the self-test at ${report.at} were refused or killed; ` +
        `selfTest says by what.`
      );
    return `${proof} The self-test at ${report.at} found: ${this.#faults(report)}.`;
  }

  /** Why view code may not run here; undefined: it may. */
  get refusal(): string | undefined {
    if (this.isolation.level === 'os' || this.#options.allowUnconfined) return undefined;
    return `View code in ${this.#options.runtime} is not run here. ${this.proof}`;
  }

  /** Resolves when the first self-test has ended; makes it at the first call, and from then on one every hour. */
  proven(): Promise<void> {
    this.#first ??= this.#make();
    this.#last ??= this.#first;
    return this.#first;
  }

  /** Makes no further test, and waits for the end of the one that is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#last;
  }

  async #make(): Promise<void> {
    const { test, runtime, clock, logger } = this.#options;
    if (!test || this.#closed) return;
    let report: SelfTestReport;
    try {
      report = await test();
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'unknown';
      report = {
        at: new Date(clock.now()).toISOString(),
        durationMs: 0,
        passed: false,
        attacks: [{ attack: 'attacks at all', outcome: 'not-tried', refusedBy: [], detail }],
      };
    }
    if (this.#closed) return;
    this.#report = report;
    const { passed, durationMs } = report;
    const isolation = this.#options.launcher.isolation.layers.join(' ');
    if (passed) logger.info('The operating system keeps view code apart', { runtime, isolation, durationMs });
    else
      logger.error('The operating system does not keep view code apart', {
        runtime,
        isolation,
        reason: this.#faults(report),
      });
    this.#timer = clock.setTimer(passed ? againMs : afterFailureMs, () => {
      this.#last = this.#make();
    });
  }

  #faults({ attacks }: SelfTestReport): string {
    const faults = attacks.filter(({ outcome }) => outcome === 'succeeded' || outcome === 'not-tried');
    const shown = faults
      .slice(0, 4)
      .map(({ attack, outcome, detail }) => `${attack}: ${outcome}${detail === undefined ? '' : ` (${detail})`}`);
    return shown.join('; ') + (faults.length > shown.length ? `; and ${faults.length - shown.length} more` : '');
  }
}
