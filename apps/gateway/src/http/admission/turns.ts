import { AsyncResource } from 'node:async_hooks';

interface Caller {
  /** How many of its things may be done at once. */
  atOnce: number;
  underWay: number;
  readonly waiting: (() => void)[];
}

/**
 * Bounds each caller's concurrent work; its others wait, the longest waiting first. A caller begins with `least` and
 * has twice as many with each that was light, up to `most`; a heavy one takes it back to `least` (slow start, as RFC
 * 5681 §3.1 has it for what a peer sends).
 */
export class Turns {
  readonly #callers = new Map<string, Caller>();

  constructor(
    private readonly least: number,
    private readonly most: number,
  ) {}

  /** Calls `begin` at once, or when it is its turn. Each call wants one `end`. */
  begin(subject: string, begin: () => void): void {
    const caller = this.#callers.get(subject) ?? { atOnce: this.least, underWay: 0, waiting: [] };
    this.#callers.set(subject, caller);
    if (caller.underWay >= caller.atOnce) {
      // Without a binding, it would run in the async context of whatever ends.
      caller.waiting.push(AsyncResource.bind(begin));
      return;
    }
    caller.underWay += 1;
    begin();
  }

  end(subject: string, wasLight: boolean): void {
    const caller = this.#callers.get(subject);
    if (!caller) return;
    caller.underWay -= 1;
    caller.atOnce = wasLight ? Math.min(2 * caller.atOnce, this.most) : this.least;
    while (caller.underWay < caller.atOnce) {
      const next = caller.waiting.shift();
      if (!next) break;
      caller.underWay += 1;
      next();
    }
    if (caller.underWay === 0) this.#callers.delete(subject);
  }
}
