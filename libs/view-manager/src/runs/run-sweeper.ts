import type { RunFigures, RunRetention } from '@datakeep/contracts';
import type { Collection, Where } from '@datakeep/documents';
import type { Clock, Config, Logger, Timer } from '@datakeep/kernel';
import type { RunRecord } from '../records/records.ts';
import type { RunRecords } from '../records/run-records.ts';

/** As it is configured. */
export function runRetention(
  config: Pick<Config, 'runRetentionDays' | 'runRetentionCount' | 'runRetentionMiB'>,
): RunRetention {
  return {
    maxAgeMs: config.runRetentionDays * 86_400_000,
    maxRuns: config.runRetentionCount,
    maxBytes: config.runRetentionMiB * 1024 * 1024,
  };
}

const defaultRetention = runRetention({ runRetentionDays: 90, runRetentionCount: 100_000, runRetentionMiB: 1024 });

/** Between two passes, and where one left something to remove. */
const sweepEveryMs = 60_000;
const goOnMs = 1000;
/** Records that are read and removed at once (each may hold a result of 8 MiB), and in one pass. */
const stepRuns = 10;
const maxPerPass = 1000;
/** Clocks of processes differ, and an end is stored later than its time says. */
const skewMs = 5 * 60_000;

/** Runs that have ended: only they have this time. */
const ended: Where<RunRecord> = { finishedAt: { gte: 0 } };

/** Removes ended runs by age, number and size, oldest end first. Several processes may do so over the same records. */
export class RunSweeper {
  readonly #records: Collection<RunRecord>;
  readonly #retention: RunRetention;
  #timer: Timer | undefined;
  #pass: Promise<void> = Promise.resolve();
  #closed = false;
  #removed = 0;
  #sweptAt: number | undefined;
  /** When all were within the bounds of number and size. */
  #withinAt: number | undefined;

  constructor(
    private readonly options: { clock: Clock; logger: Logger; retention?: RunRetention },
    private readonly runs: RunRecords,
  ) {
    this.#records = runs.records;
    this.#retention = options.retention ?? defaultRetention;
  }

  /** A first pass now, the others each minute. */
  start(): void {
    this.#pass = this.#guarded();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#pass;
  }

  async figures(): Promise<RunFigures> {
    const [number, bytes, quarantined, [oldest]] = await Promise.all([
      this.#records.count(ended),
      this.#records.sum('bytes', ended),
      this.#records.count({ quarantined: true }),
      this.#oldest(1),
    ]);
    const time = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
    return {
      ended: number,
      endedBytes: bytes,
      quarantined,
      oldestEndedAt: time(oldest?.finishedAt),
      retention: this.#retention,
      removed: this.#removed,
      sweptAt: time(this.#sweptAt),
    };
  }

  async #guarded(): Promise<void> {
    let waitMs = sweepEveryMs;
    try {
      if (await this.#sweep()) waitMs = goOnMs;
    } catch (error) {
      this.options.logger.error('Old runs could not be removed', {}, error);
    }
    if (this.#closed) return;
    this.#timer = this.options.clock.setTimer(waitMs, () => {
      this.#pass = this.#guarded();
    });
  }

  /** Answers whether more is to be removed. */
  async #sweep(): Promise<boolean> {
    const { maxAgeMs, maxRuns, maxBytes } = this.#retention;
    const now = this.options.clock.now();
    const before = now - maxAgeMs;
    // To count 100,000 runs holds the process for 25 ms.
    const [number, bytes] = (await this.#endedSince(this.#withinAt, now))
      ? await Promise.all([this.#records.count(ended), this.#records.sum('bytes', ended)])
      : [0, 0];
    let runsLeft = number;
    let bytesLeft = bytes;
    let passed = 0;
    const mustGo = ({ finishedAt = 0 }: RunRecord): boolean =>
      finishedAt < before || runsLeft > maxRuns || bytesLeft > maxBytes;
    for (; passed < maxPerPass && !this.#closed; passed += stepRuns) {
      const going: RunRecord[] = [];
      const oldest = await this.#oldest(stepRuns);
      for (const record of oldest) {
        if (!mustGo(record)) break;
        going.push(record);
        runsLeft -= 1;
        bytesLeft -= record.bytes ?? 0;
      }
      const gone = await Promise.all(going.map((record) => this.runs.remove(record)));
      this.#removed += gone.filter(Boolean).length;
      if (going.length < oldest.length || oldest.length < stepRuns) break;
    }
    this.#sweptAt = this.options.clock.now();
    const isMore = passed >= maxPerPass;
    this.#withinAt = isMore || this.#closed ? undefined : now;
    return isMore;
  }

  /** The clock may have been set back. */
  async #endedSince(time: number | undefined, now: number): Promise<boolean> {
    return time === undefined || (await this.#records.count({ finishedAt: { gte: Math.min(time, now) - skewMs } })) > 0;
  }

  #oldest(limit: number): Promise<RunRecord[]> {
    return this.#records.find({ where: ended, sort: { field: 'finishedAt', direction: 'ascending' }, limit });
  }
}
