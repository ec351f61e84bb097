import { SystemClock, within } from '@datakeep/kernel';

/** With the 2 s for balancers and the 10 s of requests in flight this stays below the 15 s of a process. */
const patienceMs = 2400;

/**
 * Waits at a shutdown for operations under way. A server that does not answer is waited for no longer than
 * `patienceMs`.
 */
export async function finishWork(underWay: Iterable<Promise<unknown>>): Promise<void> {
  await within(new SystemClock(), patienceMs, Promise.allSettled(underWay));
}
