import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<string>();

/**
 * Runs `work` as part of the request of that id: what it calls in other processes carries the id, and so do their log
 * lines.
 */
export function withRequestId<T>(requestId: string, work: () => T): T {
  return scope.run(requestId, work);
}

/** The id of the request that this code works for, if any. */
export function currentRequestId(): string | undefined {
  return scope.getStore();
}
