import { sliceMs, type ReadAnswer, type ReadTask } from './read-messages.ts';

/** Kinds of reads that are remembered, over all callers. */
const maxKinds = 1000;

/**
 * Which kinds of reads took longer than a slice when they were last read: the next of a kind begins where it can end,
 * and no slice is spent in vain (a scan of 33 ms took 45 ms). A kind is of one caller, so that what one reads does not
 * send another's to where scans wait; it has no values, which differ from call to call.
 */
export class LongReads {
  readonly #kinds = new Set<string>();

  /** Whether the last read of that kind was long. */
  has(task: ReadTask, caller: string): boolean {
    if (this.#kinds.size === 0) return false;
    const kind = kindOf(task, caller);
    return kind !== undefined && this.#kinds.has(kind);
  }

  add(task: ReadTask, caller: string): void {
    const kind = kindOf(task, caller);
    if (kind === undefined) return;
    const [oldest] = this.#kinds;
    if (this.#kinds.size >= maxKinds && oldest !== undefined) this.#kinds.delete(oldest);
    this.#kinds.add(kind);
  }

  /** To be called with the answer of a read whose kind was long: one that took no slice makes it short again. */
  learn(task: ReadTask, caller: string, answer: ReadAnswer): void {
    if (answer.kind !== 'done' || typeof answer.value !== 'object' || !('ms' in answer.value)) return;
    if (answer.value.ms >= sliceMs) return;
    const kind = kindOf(task, caller);
    if (kind !== undefined) this.#kinds.delete(kind);
  }
}

/** Undefined for reads that are always short. */
function kindOf(task: ReadTask, caller: string): string | undefined {
  if (task.task === 'query') {
    const [{ profile, kinds, sort, count = false }] = task.values;
    return JSON.stringify([caller, profile, Object.keys(kinds), sort, count]);
  }
  if (task.task === 'aggregate') {
    const [{ profile, kinds, groupBy }] = task.values;
    return JSON.stringify([caller, profile, Object.keys(kinds), groupBy]);
  }
  return undefined;
}
