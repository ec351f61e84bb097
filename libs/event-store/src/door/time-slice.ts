import { setImmediate as afterPoll } from 'node:timers/promises';

/** Longest that a list of events holds the event loop, in ms. */
const sliceMs = 50;

/** Lets others have their turn in the middle of a long list. */
export class TimeSlice {
  #end = performance.now() + sliceMs;

  isOver(): boolean {
    return performance.now() > this.#end;
  }

  async next(): Promise<void> {
    await afterPoll();
    this.#end = performance.now() + sliceMs;
  }
}
