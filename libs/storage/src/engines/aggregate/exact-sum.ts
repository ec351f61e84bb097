/** From here on numbers are added scaled down, so that no partial sum overflows a double unless the whole sum does. */
const largeFrom = 2 ** 900;
const scale = 200;

/**
 * A sum of doubles without any rounding, hence the same in every order.
 * Integers are added as such while they are safe. The rest is held as a sum and the error of its rounding (D. E. Knuth,
 * TwoSum), and where two doubles cannot hold that, as partial sums that do not overlap (J. R. Shewchuk, Adaptive
 * Precision Floating-Point Arithmetic, 1997, Grow-Expansion). Only the answer is rounded.
 */
export class ExactSum {
  #whole = 0;
  #high = 0;
  #low = 0;
  #parts: number[] | undefined;
  #large: number[] | undefined;

  add(value: number): void {
    if (Number.isSafeInteger(value)) {
      const whole = this.#whole + value;
      if (Number.isSafeInteger(whole)) {
        this.#whole = whole;
        return;
      }
    }
    if (Math.abs(value) < largeFrom) this.#addPart(value);
    else grow((this.#large ??= []), value * 2 ** -scale);
  }

  #addPart(value: number): void {
    const low = this.#low;
    const middle = low + value;
    const lost = lostIn(low, value, middle);
    const high = this.#high;
    this.#high = high + middle;
    this.#low = lostIn(high, middle, this.#high);
    if (lost !== 0) grow((this.#parts ??= []), lost);
  }

  /**
   * The sum divided by `count`, as the double nearest to it (ties to even); infinite where that is beyond the doubles.
   */
  dividedBy(count: number): number {
    // The division of two doubles that are exact is rounded correctly (IEEE 754).
    if (this.#high === 0 && this.#low === 0 && !this.#parts && !this.#large) return this.#whole / count + 0;
    const parts = [this.#whole, this.#high, this.#low].map((value) => ({ value, raised: 0 }));
    for (const value of this.#parts ?? []) parts.push({ value, raised: 0 });
    for (const value of this.#large ?? []) parts.push({ value, raised: scale });
    const terms = parts.filter(({ value }) => value !== 0).map(({ value, raised }) => binary(value, raised));
    const exponent = terms.reduce((least, term) => Math.min(least, term.exponent), 0);
    const sum = terms.reduce((total, term) => total + (term.mantissa << BigInt(term.exponent - exponent)), 0n);
    return nearestDouble(sum, BigInt(count), exponent);
  }
}

/** What rounding took from the sum of two doubles; exact where no sum overflows. */
function lostIn(a: number, b: number, sum: number): number {
  const second = sum - a;
  return a - (sum - second) + (b - second);
}

function grow(parts: number[], value: number): void {
  let high = value;
  let kept = 0;
  for (const part of parts) {
    const sum = high + part;
    const rest = lostIn(high, part, sum);
    if (rest !== 0) parts[kept++] = rest;
    high = sum;
  }
  parts.length = kept;
  if (high !== 0) parts.push(high);
}

const view = new DataView(new ArrayBuffer(8));

/** A double as mantissa · 2^exponent (IEEE 754 binary64). */
function binary(value: number, raised: number): { readonly mantissa: bigint; readonly exponent: number } {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: value < 0 ? -mantissa : mantissa, exponent: Math.max(biased, 1) - 1075 + raised };
}

const bitLength = (value: bigint): number => {
  const hex = value.toString(16);
  return hex.length * 4 - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
};

/** The double nearest to numerator / denominator · 2^exponent. */
function nearestDouble(numerator: bigint, denominator: bigint, exponent: number): number {
  if (numerator === 0n) return 0;
  const magnitude = numerator < 0n ? -numerator : numerator;
  const shift = 64 - (bitLength(magnitude) - bitLength(denominator));
  const dividend = shift > 0 ? magnitude << BigInt(shift) : magnitude;
  const divisor = shift < 0 ? denominator << BigInt(-shift) : denominator;
  const quotient = dividend / divisor;
  const inexact = dividend % divisor !== 0n;
  const lowest = exponent - shift;
  // 53 bits stay, and none below 2^-1074.
  const dropped = Math.max(bitLength(quotient) - 53, -1074 - lowest);
  let kept = quotient >> BigInt(dropped);
  const rest = quotient - (kept << BigInt(dropped));
  const half = 1n << BigInt(dropped - 1);
  if (rest > half || (rest === half && (inexact || (kept & 1n) === 1n))) kept += 1n;
  const result = Number(kept) * 2 ** (lowest + dropped);
  return numerator < 0n ? -result : result;
}
