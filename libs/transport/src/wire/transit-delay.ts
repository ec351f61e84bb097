const windowMs = 60_000;

/**
 * How long messages of one connection lie in buffers before they are read. The clocks of the two processes have
 * different origins, so the least difference
 * seen in this minute and the last counts as no delay: what exceeds it was waiting. (Clocks that drift apart are
 * followed with the window.)
 */
export class TransitDelay {
  #least = Infinity;
  #leastBefore = Infinity;
  #windowEnd = -Infinity;

  /** `sentAt` by the sender's monotonic clock, `arrivedAt` by this one's, ms. */
  measure(sentAt: number, arrivedAt: number): number {
    const difference = arrivedAt - sentAt;
    if (arrivedAt >= this.#windowEnd) {
      this.#leastBefore = this.#least;
      this.#least = Infinity;
      this.#windowEnd = arrivedAt + windowMs;
    }
    this.#least = Math.min(this.#least, difference);
    return difference - Math.min(this.#least, this.#leastBefore);
  }
}
