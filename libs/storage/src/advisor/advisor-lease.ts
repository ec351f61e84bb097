import { leaseMs } from './constants.ts';
import type { AdviceStore } from './index-engine.ts';

/** The lease by which one of several processes on one engine decides about its indexes. */
export class AdvisorLease {
  readonly #store: AdviceStore;
  readonly #holder: string;
  #isHeld = false;
  #until = 0;

  constructor(store: AdviceStore, holder: string) {
    this.#store = store;
    this.#holder = holder;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Lets another process decide at once. */
  async release(now: number): Promise<void> {
    if (this.#isHeld) await this.#store.lease(this.#holder, now, now);
    this.#isHeld = false;
  }

  /** Renews the lease in its second half. `taken`: another process may have acted since this one held it. */
  async renew(now: number): Promise<'held' | 'renewed' | 'taken' | 'lost'> {
    if (this.#isHeld && this.#until - now > leaseMs / 2) return 'held';
    const was = this.#isHeld;
    this.#isHeld = await this.#store.lease(this.#holder, now, now + leaseMs);
    this.#until = now + leaseMs;
    if (!this.#isHeld) return 'lost';
    return was ? 'renewed' : 'taken';
  }
}
