/** Ratio of two neighbouring classes: quantiles are true to about 7 %. */
const step = Math.log(1.15);

/** Counts of durations in classes of equal ratio: quantiles in a few dozen numbers, and two sketches add up. */
export class Sketch {
  readonly #counts = new Map<number, number>();

  static of(pairs: readonly (readonly [number, number])[]): Sketch {
    const sketch = new Sketch();
    for (const [bucket, count] of pairs) sketch.#counts.set(bucket, count);
    return sketch;
  }

  add(ms: number): void {
    const bucket = Math.round(Math.log(Math.max(ms, 1e-3)) / step);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
  }

  merge(other: Sketch): void {
    for (const [bucket, count] of other.#counts) this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
  }

  get count(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }

  /** Zero where nothing was counted. */
  quantile(share: number): number {
    let left = Math.ceil(this.count * share);
    for (const [bucket, count] of this.pairs()) {
      left -= count;
      if (left <= 0) return Math.exp(bucket * step);
    }
    return 0;
  }

  pairs(): [number, number][] {
    return [...this.#counts].toSorted(([a], [b]) => a - b);
  }
}
