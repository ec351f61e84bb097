import type { Worker } from 'node:worker_threads';

/** Threads that run. */
const threads = new Set<Worker>();

/** Keeps account of the threads that the process starts from now on, whoever starts them. */
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
