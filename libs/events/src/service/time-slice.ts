import { setImmediate as afterPoll } from 'node:timers/promises';

/** Longest that work on events holds the event loop before others have their turn, in ms. */
const sliceMs = 50;

/** The turn of the event loop that the slice belongs to. All work shares it: a waiting callback waits for the sum. */
let turn = -1;
let end = 0;

/**
 * Whether long work should await `nextSlice` before it continues. Cheaper than a promise for each event. The turn is
 * checked only once a slice has passed: work that begins late in the slice of an earlier turn may have two.
 */
export function sliceIsOver(): boolean {
  const now = performance.now();
  if (now <= end) return false;
  const current = performance.nodeTiming.uvMetricsInfo.loopCount;
  if (current === turn) return true;
  turn = current;
  end = now + sliceMs;
  return false;
}

/** Resolves in the next turn of the event loop, whose slice another may have used up by then: ask again. */
export const nextSlice = (): Promise<void> => afterPoll();
