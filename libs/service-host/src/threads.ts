import type { Worker } from 'node:worker_threads';

/** Threads that run. */
const threads = new Set<Worker>();

/** Registers the worker threads that the process starts from now on, in any module. */
export function watchThreads(): void {
  process.on('worker', (worker) => {
    threads.add(worker);
    worker.once('exit', () => threads.delete(worker));
  });
}

/** Resolves when no thread runs any more, which is never where one is stuck in native code. */
export async function endThreads(): Promise<void> {
  await Promise.all([...threads].map((worker) => worker.terminate()));
}
