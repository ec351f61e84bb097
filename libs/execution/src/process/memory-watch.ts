import { familyOf, residentBytes, residentBytesByPs } from './process-figures.ts';

interface Watched {
  readonly limitBytes: number;
  readonly exceeded: () => void;
  peakBytes: number;
}

const linuxEveryMs = 50;
const psEveryMs = 250;

/** Looks at the resident memory of running view processes, the largest of each family. One interval for all, none when nothing runs. */
export class MemoryWatch {
  readonly #watched = new Map<number, Watched>();
  readonly #linux = process.platform === 'linux';
  #interval: NodeJS.Timeout | undefined;

  start(pid: number, limitBytes: number, exceeded: () => void): void {
    this.#watched.set(pid, { limitBytes, exceeded, peakBytes: 0 });
    this.#interval ??= setInterval(() => void this.#look(), this.#linux ? linuxEveryMs : psEveryMs).unref();
  }

  /** Ends the watch and gives the highest figure seen, in bytes, with one last look. */
  stop(pid: number): number {
    const watched = this.#watched.get(pid);
    if (!watched) return 0;
    this.#watched.delete(pid);
    if (this.#watched.size === 0) {
      clearInterval(this.#interval);
      this.#interval = undefined;
    }
    return Math.max(watched.peakBytes, this.#linux ? (largest(pid) ?? 0) : 0);
  }

  async #look(): Promise<void> {
    const pids = [...this.#watched.keys()];
    const resident = this.#linux ? undefined : await residentBytesByPs(pids);
    for (const pid of pids) {
      const bytes = resident ? resident.get(pid) : largest(pid);
      const watched = this.#watched.get(pid);
      if (bytes === undefined || !watched) continue;
      watched.peakBytes = Math.max(watched.peakBytes, bytes);
      if (bytes > watched.limitBytes) watched.exceeded();
    }
  }
}

/** Not the sum: a forked child shares most pages with its parent. */
function largest(pid: number): number | undefined {
  const found = familyOf(pid).map((member) => residentBytes(member) ?? 0);
  return found[0] === 0 ? undefined : Math.max(...found);
}
