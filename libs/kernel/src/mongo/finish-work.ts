/** With the 2 s for balancers and the 10 s of requests in flight, twice this stays below the 15 s of a process (notes/security.md §8). */
const patienceMs = 1200;

/**
 * Waits at a shutdown for operations under way. Where they take long, those that wait for others are told to end; a server that does not answer is
 * waited for no longer.
 */
export async function finishWork(underWay: Iterable<Promise<unknown>>, endWaiting: () => void): Promise<void> {
  const done = Promise.allSettled(underWay);
  if (await isDoneInTime(done)) return;
  endWaiting();
  await isDoneInTime(done);
}

async function isDoneInTime(done: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), patienceMs);
  const inTime = await Promise.race([done.then(() => true), late.promise]);
  clearTimeout(timer);
  return inTime;
}
