import { cpuMs, familyOf, residentBytesByPs, stateOf } from './process-figures.ts';

export interface WatchLimits {
  readonly memoryBytes: number;
  /** Threads of all the family. */
  readonly threads: number;
  /** CPU time of all the family from its start on. */
  readonly cpuMs: number;
}

/** Which limit was passed, and with how much. */
export interface Excess {
  readonly what: keyof WatchLimits;
  readonly used: number;
}

interface Watched {
  readonly limits: WatchLimits;
  readonly exceeded: (excess: Excess) => void;
  peakBytes: number;
}

type Figures = { readonly [K in keyof WatchLimits]: number };

const linuxEveryMs = 50;
const psEveryMs = 250;

/**
 * Measures running view processes, each with its descendants. One interval for all, none when nothing runs. Without
 * /proc it sees memory only.
 */
export class ProcessWatch {
  readonly #watched = new Map<number, Watched>();
  readonly #linux = process.platform === 'linux';
  #interval: NodeJS.Timeout | undefined;

  start(pid: number, limits: WatchLimits, exceeded: (excess: Excess) => void): void {
    this.#watched.set(pid, { limits, exceeded, peakBytes: 0 });
    this.#interval ??= setInterval(() => void this.#look(), this.#linux ? linuxEveryMs : psEveryMs).unref();
  }

  /** Ends the watch and gives the most memory seen, in bytes. */
  stop(pid: number): number {
    const watched = this.#watched.get(pid);
    if (!watched) return 0;
    this.#watched.delete(pid);
    if (this.#watched.size === 0) {
      clearInterval(this.#interval);
      this.#interval = undefined;
    }
    return watched.peakBytes;
  }

  async #look(): Promise<void> {
    const pids = [...this.#watched.keys()];
    const resident = this.#linux ? undefined : await residentBytesByPs(pids);
    for (const pid of pids) {
      const figures = resident ? { memoryBytes: resident.get(pid) ?? 0, threads: 0, cpuMs: 0 } : figuresOf(pid);
      const watched = this.#watched.get(pid);
      if (!figures || !watched) continue;
      watched.peakBytes = Math.max(watched.peakBytes, figures.memoryBytes);
      const what = (['memoryBytes', 'threads', 'cpuMs'] as const).find((name) => figures[name] > watched.limits[name]);
      if (what) watched.exceeded({ what, used: figures[what] });
    }
  }
}

/** Of memory the largest and not the sum: a forked child shares most pages with its parent. */
function figuresOf(pid: number): Figures | undefined {
  const family = familyOf(pid);
  const states = family.flatMap((member) => stateOf(member) ?? []);
  if (states.length === 0) return undefined;
  return {
    memoryBytes: Math.max(...states.map(({ residentBytes }) => residentBytes)),
    threads: states.reduce((sum, { threads }) => sum + threads, 0),
    cpuMs: family.reduce((sum, member) => sum + cpuMs(member), 0),
  };
}
