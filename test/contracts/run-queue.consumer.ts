import type { RunJob, RunQueue, RunWorker } from '@datakeep/contracts';

export interface Delivery {
  readonly job: RunJob;
  readonly signal: AbortSignal;
  finish(): void;
  fail(error: Error): void;
}

/** Things in the order of their coming, taken one by one; taking waits for the next. */
class Inbox<T> {
  readonly #come: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];

  get size(): number {
    return this.#come.length;
  }

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#come.push(item);
  }

  take(): Promise<T> {
    const item = this.#come.shift();
    return item === undefined ? new Promise((resolve) => this.#takers.push(resolve)) : Promise.resolve(item);
  }
}

/** A worker whose every step the test decides. */
export class JobConsumer {
  readonly deliveries = new Inbox<Delivery>();
  readonly worker: RunWorker;

  constructor(queue: RunQueue) {
    this.worker = queue.work(
      (job, signal) =>
        new Promise<void>((resolve, reject) => {
          this.deliveries.put({ job, signal, finish: resolve, fail: reject });
        }),
    );
  }

  next(): Promise<Delivery> {
    return this.deliveries.take();
  }
}
