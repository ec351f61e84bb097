import { Worker } from 'node:worker_threads';

import { DatakeepError } from '@datakeep/kernel';

import type { Dialect } from './schema-vocabulary.ts';

export interface TrialOrder {
  readonly schema: unknown;
  readonly dialect: Dialect;
}

export interface TrialAnswer {
  readonly refusal?: string;
}

/** The worker's CPU time that compiling a schema and trying it may take, in ms: a busy machine refuses no schema. */
const budgetMs = 1000;
/** Wall time for the same, in ms. */
const longestMs = 10_000;
/** How often the CPU time is looked at, in ms. */
const lookMs = 100;
const startMs = 20_000;
const idleMs = 5_000;

const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './schema-trial.worker.ts' : './schema-trial.worker.js',
  import.meta.url,
);

/** Ends the worker once it has spent the budget from now on. */
async function endOnceSpent(worker: Worker): Promise<NodeJS.Timeout> {
  const before = await worker.cpuUsage().catch(() => undefined);
  const look = async (): Promise<void> => {
    // Rejects where the worker has ended.
    const spent = await worker.cpuUsage(before).catch(() => undefined);
    if (spent !== undefined && (spent.user + spent.system) / 1000 > budgetMs) void worker.terminate();
  };
  return setInterval(() => void look(), lookMs);
}

/**
 * Tries schemas in a worker thread, one after the other: compiles them and times them on generated documents. The
 * thread is terminated at the limit and after five idle seconds, and prints nothing.
 */
export class SchemaTrial {
  #worker: Worker | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  /** Why the schema is refused, or undefined. */
  refusalOf(order: TrialOrder): Promise<string | undefined> {
    const answer = this.#turn.then(() => this.#try(order));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#turn;
    await this.#stop();
  }

  async #try(order: TrialOrder): Promise<string | undefined> {
    clearTimeout(this.#idle);
    const worker = this.#worker ?? (await this.#start());
    const watch = await endOnceSpent(worker);
    const answer = await this.#next<TrialAnswer>(worker, longestMs, () => worker.postMessage(order, [])).finally(() =>
      clearInterval(watch),
    );
    if (answer === undefined) {
      await this.#stop();
      return 'Compiling and trying the schema takes longer than a second or more memory than it may.';
    }
    this.#idle = setTimeout(() => void this.#stop(), idleMs).unref();
    return answer.refusal;
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(workerUrl, {
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 },
    });
    worker.stdout.resume();
    worker.stderr.resume();
    // An error also ends the wait in `#next`; without a listener here a late one would end the process.
    worker.on('error', () => this.#forget(worker));
    worker.on('exit', () => this.#forget(worker));
    this.#worker = worker;
    if ((await this.#next(worker, startMs)) === undefined) {
      await this.#stop();
      throw new DatakeepError('internal', 'The thread that tries schemas did not start.');
    }
    worker.unref();
    return worker;
  }

  /** The worker's next message, or undefined when it ends or the time is up. */
  #next<T>(worker: Worker, waitMs: number, act: () => void = () => undefined): Promise<T | undefined> {
    return new Promise((resolve) => {
      const settle = (value: T | undefined): void => {
        clearTimeout(timer);
        worker.off('message', settle);
        worker.off('error', fail);
        worker.off('exit', fail);
        resolve(value);
      };
      const fail = (): void => settle(undefined);
      const timer = setTimeout(fail, waitMs);
      worker.on('message', settle);
      worker.on('error', fail);
      worker.on('exit', fail);
      act();
    });
  }

  #forget(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
  }

  async #stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}
