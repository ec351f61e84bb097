import type { AttemptName } from '@datakeep/contracts';
import type { Clock } from '@datakeep/kernel';
import type { ActiveRun, ActiveRuns } from './active-runs.ts';
import type { RunRecord } from './records.ts';
import { isTerminal, type RunRecords } from './run-records.ts';

/** An attempt that began in another process may be known here before it is stored: how often, and how many ms apart, its record is looked at. */
const looks = 50;
const lookEveryMs = 20;

/** Which attempts count, wherever they began: by what this process knows of its own, and by the records for all others. */
export class Attempts {
  readonly #active: ActiveRuns;
  readonly #runs: RunRecords;
  readonly #clock: Clock;

  constructor(active: ActiveRuns, runs: RunRecords, clock: Clock) {
    this.#active = active;
    this.#runs = runs;
    this.#clock = clock;
  }

  /** The attempt while its code may be served: it is stored as `running`, and nobody asked for its end. Not for names that a stranger may have made up: it waits. */
  async live(name: AttemptName): Promise<ActiveRun | (RunRecord & AttemptName) | undefined> {
    const active = this.#active.find(name);
    if (active && !(await active.live())) return undefined;
    if (active?.here) return active;
    // Its worker is in another process, and may have told its end to another one still.
    const record = await this.#recorded(name);
    return record && record.cancelAsked !== true ? { ...record, ...name } : undefined;
  }

  /** Whether the attempt is one that may be served, as far as this process knows: it began here and is live, or no attempt of its run began here. */
  async mayServe(name: AttemptName): Promise<boolean> {
    return this.#active.of(name.runId).length === 0 || (await this.#active.find(name)?.live()) === true;
  }

  /** The attempt's record as `running`, or undefined when it no longer counts. Rejects where it could not be stored. */
  async begun(name: AttemptName): Promise<RunRecord | undefined> {
    return this.#active.find(name)?.begun() ?? this.#recorded(name);
  }

  async #recorded({ runId, attempt }: AttemptName): Promise<RunRecord | undefined> {
    for (let look = 0; look < looks; look += 1) {
      const record = await this.#runs.find(runId);
      if (!record || isTerminal(record)) return undefined;
      if (record.attempts >= attempt)
        return record.state === 'running' && record.attempts === attempt ? record : undefined;
      await new Promise<void>((resolve) => void this.#clock.setTimer(lookEveryMs, resolve));
    }
    return undefined;
  }
}
