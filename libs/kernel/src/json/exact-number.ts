/** A decimal without leading and trailing zeros: its value is `digits * 10^scale`; zero has no digits. */
interface Decimal {
  readonly digits: string;
  readonly scale: number;
}

/**
 * Reads an unsigned JSON number, or undefined when the text is none. Linear in the text, also for megabytes of digits.
 */
function decimalOf(text: string): Decimal | undefined {
  const mark = Math.max(text.indexOf('e'), text.indexOf('E'));
  const mantissa = mark < 0 ? text : text.slice(0, mark);
  const exponent = mark < 0 ? 0 : Number(text.slice(mark + 1));
  const dot = mantissa.indexOf('.');
  const digits = dot < 0 ? mantissa : mantissa.slice(0, dot) + mantissa.slice(dot + 1);
  if (Number.isNaN(exponent) || digits.includes('.') || digits.includes('-') || digits.includes('+')) return undefined;
  let from = 0;
  while (digits.charCodeAt(from) === 48) from++;
  if (from === digits.length) return { digits: '', scale: 0 };
  let to = digits.length;
  while (digits.charCodeAt(to - 1) === 48) to--;
  const fraction = dot < 0 ? 0 : mantissa.length - dot - 1;
  return { digits: digits.slice(from, to), scale: exponent - fraction + (digits.length - to) };
}

/**
 * Why reading a JSON number as an IEEE double would change it, or undefined when it would not.
 *
 * A fraction is rounded to the nearest double, as every JSON reader does. An integer must either be what the double
 * holds, or be the spelling that `JSON.stringify` gives that double (2^53+1 is neither; 1e23 is the latter), so that
 * what the keep answers can always be sent again. Infinity, and a number that is not zero but would become zero, are
 * out of range.
 */
export function numberFault(text: string): string | undefined {
  const value = Math.abs(Number(text));
  // Below 2^53 every integer is exact, and what rounds to one from above is not below.
  if (Number.isNaN(value) || (value > 0 && value < 2 ** 53)) return undefined;
  if (String(value) === text) return undefined;
  const decimal = decimalOf(text.startsWith('-') ? text.slice(1) : text);
  if (decimal === undefined || decimal.digits === '') return undefined;
  if (value === Infinity || value === 0) return 'the number is beyond the range of an IEEE double';
  if (decimal.scale < 0) return undefined;
  const shortest = decimalOf(String(value));
  if (shortest?.digits === decimal.digits && shortest.scale === decimal.scale) return undefined;
  // A finite double has at most 309 digits, so neither BigInt is large.
  if (BigInt(decimal.digits + '0'.repeat(decimal.scale)) === BigInt(value)) return undefined;
  return 'an IEEE double cannot hold this integer exactly; send it as a string';
}
