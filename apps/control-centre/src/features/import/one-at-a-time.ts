/**
 * An import of this browser, or the undoing of one, holds this lock (Web Locks) from its begin to its end: the end of
 * its tab frees it. Over plain HTTP at any address but localhost browsers have no locks.
 */
const name = 'datakeep-import';
const locks = navigator.locks as LockManager | undefined;

/** Resolves with what `work` does; with undefined, and without having called it, while a tab is at another. */
export async function alone<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  if (!locks) return work();
  return locks.request(name, { ifAvailable: true }, async (lock) => (lock ? work() : undefined));
}

/** Whether any tab is at one; undefined where the browser cannot say. */
export async function isUnderWay(): Promise<boolean | undefined> {
  const held = (await locks?.query())?.held;
  return held?.some((lock) => lock.name === name);
}
