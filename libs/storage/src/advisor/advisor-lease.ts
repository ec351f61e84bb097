import { leaseMs } from './constants.ts';
import type { Memory } from './memory.ts';

/** The lease by which one of several processes on one engine decides about its indexes. */
export class AdvisorLease {
  readonly #memory: Memory;
  #isHeld = false;
  #until = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Lets another process decide at once. */
  async release(now: number): Promise<void> {
    if (this.#isHeld) await this.#memory.lease(now, now);
    this.#isHeld = false;
  }

  /** Renews the lease in its second half. `taken`: another process may have acted since this one held it. */
  async renew(now: number): Promise<'held' | 'renewed' | 'taken' | 'lost'> {
    if (this.#isHeld && this.#until - now > leaseMs / 2) return 'held';
    const was = this.#isHeld;
    this.#isHeld = await this.#memory.lease(now, now + leaseMs);
    this.#until = now + leaseMs;
    if (!this.#isHeld) return 'lost';
    return was ? 'renewed' : 'taken';
  }
}
