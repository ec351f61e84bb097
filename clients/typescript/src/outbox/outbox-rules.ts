export const batchEvents = 1000;
const batchUnits = 4 * 1024 * 1024;
const firstPauseMs = 1000;
const longestPauseMs = 5 * 60_000;

/** Before the next try, with jitter. */
export const pauseMs = (tries: number): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries, 20)) * (0.5 + Math.random() / 2);

/** As many of the first as go into one request; at least one. */
export function cutToSize<Entry extends { readonly event: string }>(entries: readonly Entry[]): readonly Entry[] {
  let units = 0;
  const over = entries.findIndex(({ event }, index) => (units += event.length) > batchUnits && index > 0);
  return over === -1 ? entries : entries.slice(0, over);
}
