import type { Clock, Timer } from '@datakeep/kernel';
import { leaseMs } from './constants.ts';
import type { AdviceStore } from './index-engine.ts';

/** The lease by which one of several processes on one engine decides about its indexes. */
export class AdvisorLease {
  readonly #store: AdviceStore;
  readonly #holder: string;
  readonly #clock: Clock;
  #isHeld = false;
  #until = 0;

  constructor(store: AdviceStore, holder: string, clock: Clock) {
    this.#store = store;
    this.#holder = holder;
    this.#clock = clock;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Lets another process decide at once. */
  async release(): Promise<void> {
    const now = this.#clock.now();
    if (this.#isHeld) await this.#store.lease(this.#holder, now, now);
    this.#isHeld = false;
  }

  /** Renews the lease in its second half. `taken`: another process may have acted since this one held it. */
  async renew(): Promise<'held' | 'renewed' | 'taken' | 'lost'> {
    const now = this.#clock.now();
    if (this.#isHeld && this.#until - now > leaseMs / 2) return 'held';
    const was = this.#isHeld;
    this.#isHeld = await this.#store.lease(this.#holder, now, now + leaseMs);
    this.#until = now + leaseMs;
    if (!this.#isHeld) return 'lost';
    return was ? 'renewed' : 'taken';
  }

  /**
   * Keeps the lease that is held while `work` lasts: the build of an index may outlast it. Whether another process took
   * it nevertheless, the next change of a record shows.
   */
  async during<R>(work: () => Promise<R>): Promise<R> {
    let timer: Timer | undefined;
    let renewed = Promise.resolve();
    let isOver = false;
    const renewLater = (): void => {
      if (!isOver && this.#isHeld)
        timer = this.#clock.setTimer(leaseMs / 4, () => {
          renewed = this.renew().then(renewLater, renewLater);
        });
    };
    renewLater();
    try {
      return await work();
    } finally {
      isOver = true;
      timer?.cancel();
      await renewed;
    }
  }
}
