import type { RunHandler, RunJob } from '@datakeep/contracts';

interface Delivery {
  readonly abort: AbortController;
  readonly released: PromiseWithResolvers<never>;
}

/**
 * The handlers at work of one worker. Each has a promise of its own to be released by: one that lives as long as the
 * worker would keep a reaction of every delivery.
 */
export class Deliveries {
  readonly #open = new Set<Delivery>();
  #isAborted = false;

  /** Whether the signals were aborted: what a handler then rejects with is no failure of its own. */
  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** Settles as the handler does; rejects when it is released. */
  async run(handler: RunHandler, job: RunJob): Promise<void> {
    const delivery: Delivery = { abort: new AbortController(), released: Promise.withResolvers() };
    this.#open.add(delivery);
    if (this.#isAborted) delivery.abort.abort();
    try {
      await Promise.race([handler(job, delivery.abort.signal), delivery.released.promise]);
    } finally {
      this.#open.delete(delivery);
    }
  }

  /** Asks every handler to end. */
  abort(): void {
    this.#isAborted = true;
    for (const { abort } of this.#open) abort.abort();
  }

  /** What handlers do from now on does not count. */
  release(): void {
    for (const { released } of this.#open) released.reject(new Error('The worker has closed.'));
  }
}
