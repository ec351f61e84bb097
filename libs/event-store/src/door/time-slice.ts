import { setImmediate as afterPoll } from 'node:timers/promises';

/** Longest that work on events holds the event loop before others have their turn, in ms. */
const sliceMs = 50;

/** When the slice of this turn of the loop ends. All work shares it: who waits for the loop waits for the sum. */
let end: number | undefined;

/** Whether long work should await `nextSlice` before it goes on. Costs less than a promise for each event. */
export function sliceIsOver(): boolean {
  const now = performance.now();
  if (end === undefined) {
    end = now + sliceMs;
    setImmediate(() => (end = undefined));
  }
  return now > end;
}

/** Resolves in the next turn of the event loop, whose slice another may have used up by then: ask again. */
export const nextSlice = (): Promise<void> => afterPoll();
