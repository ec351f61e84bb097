import type { RunHandler, RunQueueOptions, RunWorker } from '@datakeep/contracts';
import type { Clock, Logger, Timer } from '@datakeep/kernel';

import type { Job, JobLedger } from './job-ledger.ts';
import type { FailureReason } from './job-records.ts';

export interface EmbeddedWorkerSetup {
  readonly ledger: JobLedger;
  readonly clock: Clock;
  readonly options: RunQueueOptions;
  readonly logger: Logger;
  readonly handler: RunHandler;
  readonly onFailed: (id: string, reason: FailureReason, error?: unknown) => Promise<void>;
  /** Called when a delivery is over, or only its outcome is left to be stored. */
  readonly onRoom: () => void;
  readonly onClosed: () => void;
}

interface Delivery {
  readonly job: Job;
  readonly abort: AbortController;
  /** Given back by `close`: what the handler does later does not count. */
  released: boolean;
  worked: boolean;
}

/** How long a handler may take to settle after its signal was aborted. */
const settleMs = 1000;
const longestRetellMs = 60_000;

/** Runs handlers, and writes into the ledger what became of each job. */
export class EmbeddedWorker implements RunWorker {
  readonly #setup: EmbeddedWorkerSetup;
  readonly #ledger: JobLedger;
  readonly #deliveries = new Set<Delivery>();
  /** Deliveries and tellings, with their commits. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #retellings = new Set<Timer>();
  /** Deliveries whose handlers have called `worked`. */
  #worked = 0;
  #closing: Promise<void> | undefined;

  constructor(setup: EmbeddedWorkerSetup) {
    this.#setup = setup;
    this.#ledger = setup.ledger;
  }

  get hasRoom(): boolean {
    return !this.#closing && this.#deliveries.size - this.#worked < this.#setup.options.concurrency;
  }

  /** Delivers the job once `claimed`, the commit that counts this delivery, is durable. */
  take(job: Job, claimed: Promise<void>): void {
    void this.#follow(this.#deliverClaimed(this.#enter(job), claimed));
  }

  /** Delivers a job that is just being added, without waiting for that: where the process ends before it is stored, no job is left that could end another one. */
  takeNew(job: Job): void {
    void this.#follow(this.#deliver(this.#enter(job)));
  }

  /** Ends the job without a delivery. */
  fail(job: Job, reason: FailureReason): void {
    void this.#follow(this.#fail(job, reason));
  }

  /** Tells a failed job, again after a while if `onFailed` rejects. */
  tell(job: Job): void {
    void this.#follow(this.#tell(job, 1));
  }

  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  #enter(job: Job): Delivery {
    const delivery: Delivery = { job, abort: new AbortController(), released: false, worked: false };
    this.#deliveries.add(delivery);
    return delivery;
  }

  async #deliverClaimed(delivery: Delivery, claimed: Promise<void>): Promise<void> {
    await this.#stored(delivery, claimed);
    if (delivery.released) return;
    if (this.#closing) return this.#release(delivery);
    await this.#deliver(delivery);
  }

  /** Ends the delivery when that could not be stored. */
  async #stored(delivery: Delivery, storing: Promise<void>): Promise<void> {
    try {
      await storing;
    } catch (error) {
      this.#leave(delivery);
      throw error;
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { job, abort } = delivery;
    let rejection: { readonly error: unknown } | undefined;
    try {
      await this.#setup.handler({ id: job.record.id, attempt: job.record.attempt }, abort.signal, () =>
        this.#onWorked(delivery),
      );
    } catch (error) {
      rejection = { error };
    }
    await this.#stored(delivery, job.added);
    if (delivery.released) return;
    if (rejection && abort.signal.aborted) return this.#release(delivery);
    // The commit of this outcome and that of the next claim are asked for in the same turn, so they share a transaction.
    const settled = rejection ? this.#settleRejected(job, rejection.error) : this.#ledger.end(job);
    this.#leave(delivery);
    await settled;
  }

  #settleRejected(job: Job, error: unknown): Promise<void> {
    const { id: runId, attempt } = job.record;
    if (error instanceof Error && error.name === 'UnrecoverableError') return this.#fail(job, 'unrecoverable', error);
    if (attempt >= this.#setup.options.attempts) return this.#fail(job, 'attempts', error);
    this.#setup.logger.warn('a job failed and will be tried again', { runId, attempt });
    return this.#ledger.delay(job);
  }

  async #fail(job: Job, reason: FailureReason, error?: unknown): Promise<void> {
    await this.#ledger.fail(job, reason, error);
    await this.#tell(job, 1);
  }

  async #release(delivery: Delivery): Promise<void> {
    delivery.released = true;
    const given = this.#ledger.giveBack(delivery.job);
    this.#leave(delivery);
    await given;
  }

  #onWorked(delivery: Delivery): void {
    if (delivery.worked || !this.#deliveries.has(delivery)) return;
    delivery.worked = true;
    this.#worked += 1;
    this.#setup.onRoom();
  }

  #leave(delivery: Delivery): void {
    if (!this.#deliveries.delete(delivery)) return;
    if (delivery.worked) this.#worked -= 1;
    this.#setup.onRoom();
  }

  async #tell(job: Job, time: number): Promise<void> {
    if (this.#closing) return;
    const { id, reason = 'attempts' } = job.record;
    try {
      await (job.error === undefined ? this.#setup.onFailed(id, reason) : this.#setup.onFailed(id, reason, job.error));
    } catch (error) {
      this.#setup.logger.error('a failed job could not be told, which is tried again', { runId: id }, error);
      this.#tellLater(job, time + 1);
      return;
    }
    await this.#ledger.end(job);
  }

  #tellLater(job: Job, time: number): void {
    if (this.#closing) return;
    const waitMs = Math.min(this.#setup.options.backoffMs * 2 ** (time - 2), longestRetellMs);
    const timer = this.#setup.clock.setTimer(waitMs, () => {
      this.#retellings.delete(timer);
      void this.#follow(this.#tell(job, time));
    });
    this.#retellings.add(timer);
  }

  async #close(graceMs: number): Promise<void> {
    for (const timer of this.#retellings) timer.cancel();
    await this.#within(graceMs, this.#idle());
    for (const { abort } of this.#deliveries) abort.abort();
    await this.#within(settleMs, this.#idle());
    const released = Array.from(this.#deliveries, (delivery) => this.#follow(this.#release(delivery)));
    await this.#within(settleMs, Promise.all(released));
    this.#setup.onClosed();
  }

  async #idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Waits for it, at most this long. */
  async #within(ms: number, done: Promise<unknown>): Promise<void> {
    if (ms <= 0) return;
    let timer: Timer | undefined;
    const passed = new Promise<void>((resolve) => (timer = this.#setup.clock.setTimer(ms, resolve)));
    await Promise.race([done, passed]);
    timer?.cancel();
  }

  /** Never rejects. */
  #follow(work: Promise<void>): Promise<void> {
    const followed = work
      .catch((error: unknown) => this.#setup.logger.error('a change of a job was not stored', {}, error))
      .finally(() => this.#underWay.delete(followed));
    this.#underWay.add(followed);
    return followed;
  }
}
