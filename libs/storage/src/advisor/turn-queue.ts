/** Runs actions one after the other, in the order of their calls; a rejection does not stop the next. */
export class TurnQueue {
  #last: Promise<unknown> = Promise.resolve();
  #urgent = 0;

  /** Whether an urgent action waits for its turn: a long action should end soon. */
  get isAwaited(): boolean {
    return this.#urgent > 0;
  }

  run<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(action, action);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** As `run`, and `isAwaited` until the action begins. */
  runUrgent<T>(action: () => Promise<T>): Promise<T> {
    this.#urgent += 1;
    return this.run(() => {
      this.#urgent -= 1;
      return action();
    });
  }

  /** Resolves when the actions so far have ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
