import { createHash } from 'node:crypto';
import type { MeasureOperation, Scalar } from '@datakeep/contracts';
import { compareScalars } from '../answer/compare-scalars.ts';
import { ExactSum } from './exact-sum.ts';

/** What the accumulators of one aggregation hold together, so that it stays bounded. */
export interface Held {
  distinct(values: number): void;
  text(units: number): void;
}

/** One measure of one group. `add` gets a value that is neither absent nor null, and how many events have it. */
export interface Accumulator {
  add(value: string | number | boolean, times: number): void;
  /** `sum` and `avg` may be infinite: the caller refuses that. */
  result(): Scalar;
}

export function accumulator(op: MeasureOperation, held: Held): Accumulator {
  switch (op) {
    case 'count':
      return new Count();
    case 'sum':
    case 'avg':
      return new Sum(op);
    case 'min':
    case 'max':
      return new Extreme(op === 'min' ? -1 : 1, held);
    case 'distinct':
      return new Distinct(held);
  }
}

class Count implements Accumulator {
  #count = 0;

  add(_value: string | number | boolean, times: number): void {
    this.#count += times;
  }

  result(): number {
    return this.#count;
  }
}

class Sum implements Accumulator {
  readonly #op: 'sum' | 'avg';
  readonly #sum = new ExactSum();
  #count = 0;

  constructor(op: 'sum' | 'avg') {
    this.#op = op;
  }

  add(value: string | number | boolean, times: number): void {
    if (typeof value !== 'number') return;
    this.#count += times;
    for (let time = 0; time < times; time += 1) this.#sum.add(value);
  }

  result(): number | null {
    if (this.#op === 'sum') return this.#sum.dividedBy(1);
    return this.#count === 0 ? null : this.#sum.dividedBy(this.#count);
  }
}

class Extreme implements Accumulator {
  readonly #sign: -1 | 1;
  readonly #held: Held;
  #found: Scalar = null;

  constructor(sign: -1 | 1, held: Held) {
    this.#sign = sign;
    this.#held = held;
  }

  add(value: string | number | boolean): void {
    if (this.#found !== null && compareScalars(value, this.#found) * this.#sign <= 0) return;
    if (typeof value === 'string')
      this.#held.text(value.length - (typeof this.#found === 'string' ? this.#found.length : 0));
    this.#found = value;
  }

  result(): Scalar {
    return this.#found;
  }
}

/** Longer strings are compared by their digests, so that memory does not depend on their length. */
const longestHeld = 64;

class Distinct implements Accumulator {
  readonly #held: Held;
  readonly #seen = new Set<string | number | boolean>();

  constructor(held: Held) {
    this.#held = held;
  }

  add(value: string | number | boolean): void {
    const before = this.#seen.size;
    // No string of 64 units or fewer begins like this: it would be 66 long.
    this.#seen.add(
      typeof value === 'string' && value.length > longestHeld
        ? `#${'-'.repeat(21)}${createHash('sha256').update(value).digest('base64')}`
        : value,
    );
    if (this.#seen.size > before) this.#held.distinct(1);
  }

  result(): number {
    return this.#seen.size;
  }
}
