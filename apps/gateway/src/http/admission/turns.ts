/** Lets each caller do so many things at once; its others wait, the longest waiting first. */
export class Turns {
  readonly #atOnce: number;
  readonly #callers = new Map<string, { underWay: number; readonly waiting: (() => void)[] }>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Calls `begin` at once, or when it is its turn. Each call wants one `end`. */
  begin(subject: string, begin: () => void): void {
    const caller = this.#callers.get(subject) ?? { underWay: 0, waiting: [] };
    this.#callers.set(subject, caller);
    if (caller.underWay === this.#atOnce) {
      caller.waiting.push(begin);
      return;
    }
    caller.underWay += 1;
    begin();
  }

  end(subject: string): void {
    const caller = this.#callers.get(subject);
    if (!caller) return;
    const next = caller.waiting.shift();
    if (next) next();
    else {
      caller.underWay -= 1;
      if (caller.underWay === 0) this.#callers.delete(subject);
    }
  }
}
