import { KeepError, KeepUnreachable } from './problem.ts';

/**
 * `always`: the request can be repeated whatever became of it. `undone`: only where the keep says that nothing was
 * done. `never`: its body is gone.
 */
export type Repeatable = 'always' | 'undone' | 'never';

/** With these nothing was done, whatever was asked (docs/errors.md). */
const undone: ReadonlySet<string> = new Set([
  'rate-limited',
  'run-queue-full',
  'too-many-streams',
  'overloaded',
  'storage-busy',
  'not-ready',
  'run-queue-unreachable',
]);
/** A search that takes too long takes as long again. */
const pointless: ReadonlySet<string> = new Set(['query-timeout', 'view-isolation-missing']);
const betweenStatuses: ReadonlySet<number> = new Set([502, 503, 504]);
/** A longer wait is for the caller to decide. */
const longestWaitMs = 60_000;

/** Milliseconds until the request is sent again, or undefined where it is not. `attempt` counts from 0. */
export function waitBefore(error: unknown, attempt: number, repeatable: Repeatable): number | undefined {
  if (repeatable === 'never') return undefined;
  const backoff = Math.random() * Math.min(8000, 250 * 2 ** attempt);
  if (error instanceof KeepUnreachable) return repeatable === 'always' ? backoff : undefined;
  if (!(error instanceof KeepError) || pointless.has(error.code)) return undefined;
  const isUndone = undone.has(error.code) || error.status === 429;
  if (!isUndone && !(repeatable === 'always' && betweenStatuses.has(error.status))) return undefined;
  if (error.retryAfter === undefined) return backoff;
  const asked = error.retryAfter * 1000;
  // Jitter on top, so that those who were refused together do not come back together.
  return asked > longestWaitMs ? undefined : asked + Math.random() * Math.max(250, asked * 0.2);
}
