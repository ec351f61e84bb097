/**
 * A wait queue that takes callers in turns: the oldest of one caller, then the oldest of the next, however much any of
 * them has waiting. Not `p-limit`, which takes the oldest of all: one caller would hold up the others.
 */
export class RoundRobin<T> {
  /** In the order of their turns; no caller without something that waits. */
  readonly #waiting = new Map<string, T[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** How much of one caller waits. */
  lengthOf(caller: string): number {
    return this.#waiting.get(caller)?.length ?? 0;
  }

  push(caller: string, item: T): void {
    this.#add(caller, (own) => own.push(item));
  }

  /** Before everything else of the caller. */
  unshift(caller: string, item: T): void {
    this.#add(caller, (own) => own.unshift(item));
  }

  /** The next, of a caller that `mayTake` lets have one. */
  shift(mayTake: (caller: string) => boolean = () => true): T | undefined {
    for (const [caller, own] of this.#waiting) {
      if (!mayTake(caller)) continue;
      this.#waiting.delete(caller);
      const item = own.shift();
      if (own.length > 0) this.#waiting.set(caller, own);
      this.#length -= 1;
      return item;
    }
    return undefined;
  }

  delete(caller: string, item: T): void {
    const own = this.#waiting.get(caller);
    const index = own?.indexOf(item) ?? -1;
    if (!own || index < 0) return;
    own.splice(index, 1);
    if (own.length === 0) this.#waiting.delete(caller);
    this.#length -= 1;
  }

  /** Everything, taken out. */
  clear(): T[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#length = 0;
    return all;
  }

  #add(caller: string, put: (own: T[]) => void): void {
    const own = this.#waiting.get(caller) ?? [];
    put(own);
    this.#waiting.set(caller, own);
    this.#length += 1;
  }
}
