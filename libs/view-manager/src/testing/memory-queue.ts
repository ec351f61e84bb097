import type { RunHandler, RunJob, RunQueue, RunQueueCounts, RunWorker } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

/**
 * Delivers in order, without a bound on concurrency and without a backoff between attempts. `lose` forgets every job,
 * as a queue without its disk would.
 */
export class MemoryQueue implements RunQueue {
  readonly #waiting: string[] = [];
  readonly #active = new Map<string, AbortController>();
  readonly #attempts = new Map<string, number>();
  /** While true nothing is delivered. */
  held = false;
  down = false;
  attempts = 3;
  #handler: RunHandler | undefined;
  readonly #running = new Set<Promise<void>>();

  async add(id: string, _behind?: number, recorded?: Promise<unknown>): Promise<void> {
    this.#check();
    await recorded;
    if (await this.has(id)) return;
    this.#attempts.delete(id);
    this.#waiting.push(id);
    this.#pump();
  }

  async remove(id: string): Promise<boolean> {
    this.#check();
    const place = this.#waiting.indexOf(id);
    if (place !== -1) this.#waiting.splice(place, 1);
    return place !== -1;
  }

  async has(id: string): Promise<boolean> {
    this.#check();
    return this.#waiting.includes(id) || this.#active.has(id);
  }

  async counts(): Promise<RunQueueCounts> {
    this.#check();
    return { waiting: this.#waiting.length, active: this.#active.size, delayed: 0 };
  }

  work(handler: RunHandler): RunWorker {
    this.#handler = handler;
    this.#pump();
    return {
      close: async () => {
        this.#handler = undefined;
        for (const controller of this.#active.values()) controller.abort();
        await Promise.allSettled(this.#running);
      },
    };
  }

  async close(): Promise<void> {
    this.down = true;
  }

  release(): void {
    this.held = false;
    this.#pump();
  }

  /** Resolves when nothing is delivered and nothing waits. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  lose(): void {
    this.#waiting.length = 0;
    this.#active.clear();
    this.#running.clear();
  }

  /** Hands a job to the worker once more, whatever the queue knows of it, as after a lost lock. */
  deliver(job: RunJob): Promise<void> {
    return this.#handler!(job, new AbortController().signal);
  }

  #pump(): void {
    while (!this.held && this.#handler && this.#waiting.length > 0) {
      const running = this.#deliverNext(this.#waiting.shift()!).finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
  }

  async #deliverNext(id: string): Promise<void> {
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    const controller = new AbortController();
    this.#active.set(id, controller);
    try {
      await this.#handler!({ id, attempt }, controller.signal);
      this.#active.delete(id);
    } catch {
      this.#active.delete(id);
      if (attempt >= this.attempts) return;
      this.#waiting.push(id);
      this.#pump();
    }
  }

  #check(): void {
    if (this.down) throw new DatakeepError('run-queue-unreachable');
  }
}
