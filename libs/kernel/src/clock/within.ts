import type { Clock } from './clock.ts';

/**
 * What `work` resolves with, or `undefined` where `limitMs` pass first; `work` then continues, and its rejection is
 * ignored.
 */
export async function within<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = clock.setTimer(limitMs, () => late.resolve(undefined));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timer.cancel();
  }
}
