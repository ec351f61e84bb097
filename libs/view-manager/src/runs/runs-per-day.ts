import type { AppLimitDirectory } from '@datakeep/contracts';
import { allowanceUsed, type AppLimits, type Clock, lruMap } from '@datakeep/kernel';
import type { RunRecords } from '../records/run-records.ts';

const dayMs = 86_400_000;
/**
 * For how long a count of the records is gone on from, ms. Each process of the view manager lets an app pass its limit
 * by no more than the others take in that time.
 */
const freshMs = 5000;
const maxApps = 10_000;

interface Counted {
  readonly day: number;
  readonly readAt: number;
  readonly limits: AppLimits;
  /** In the records, and taken in this process since. It falls with the day only, whatever goes from the records. */
  runs: number;
}

/** Keeps the runs of an app within its limit of a day of UTC. The records count them: a restart forgets none. */
export class RunsPerDay {
  readonly #limits: AppLimitDirectory;
  readonly #counted = lruMap<Counted>(maxApps);

  constructor(
    private readonly options: { readonly appLimits: AppLimitDirectory; readonly clock: Clock },
    private readonly runs: Pick<RunRecords, 'madeByApp'>,
  ) {
    this.#limits = options.appLimits;
  }

  /** Before anything is done for a run. Throws `rate-limited` with the limit's name. */
  async admit(appId: string): Promise<void> {
    const known = this.#counted.get(appId);
    const isFresh = known?.day === this.#today() && this.options.clock.monotonic() - known.readAt < freshMs;
    this.#check(isFresh && known.runs < known.limits.runsPerDay ? known : await this.#read(appId));
  }

  /** The run is made now. Throws as `admit` where others were quicker. */
  take(appId: string): void {
    const counted = this.#counted.get(appId);
    if (!counted) return;
    this.#check(counted);
    counted.runs += 1;
  }

  /** How many there were today. */
  async used(appId: string): Promise<number> {
    return (await this.#read(appId)).runs;
  }

  #check({ runs, limits, day }: Counted): void {
    if (runs >= limits.runsPerDay)
      throw allowanceUsed('runsPerDay', limits, (day + 1) * dayMs - this.options.clock.now());
  }

  async #read(appId: string): Promise<Counted> {
    const day = this.#today();
    const readAt = this.options.clock.monotonic();
    const [made, limits] = await Promise.all([this.runs.madeByApp(appId, day * dayMs), this.#limits.of(appId)]);
    const former = this.#counted.get(appId);
    // What this process took may be on its way into the records, or gone from them with its view instance.
    const runs = former?.day === day ? Math.max(made, former.runs) : made;
    const counted = { day, readAt, limits, runs };
    this.#counted.set(appId, counted);
    return counted;
  }

  #today(): number {
    return Math.floor(this.options.clock.now() / dayMs);
  }
}
