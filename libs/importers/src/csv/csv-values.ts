export interface ValueRules {
  /** The order of day, month and year; ISO 8601 is read in any case. Default: `iso`. */
  readonly dates?: 'iso' | 'dmy' | 'mdy' | undefined;
  /** Default: a dot. With a comma, dots and spaces group digits. */
  readonly decimal?: '.' | ',' | undefined;
}

/** A number, or undefined. */
export function readNumber(text: string, { decimal = '.' }: ValueRules): number | undefined {
  const group = decimal === ',' ? /[.\s'](?=\d{3})/g : /[,\s'](?=\d{3})/g;
  const plain = text.trim().replaceAll(group, '').replace(decimal, '.');
  return /^[+-]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : undefined;
}

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?)?$/;
const written = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d\d)(?:,?[T ]\s*(\d{1,2}):(\d\d)(?::(\d\d))?)?$/;

/** RFC 3339 in UTC, or undefined. A time without a zone is one of UTC. */
export function readDate(text: string, { dates = 'iso' }: ValueRules): string | undefined {
  const found = iso.exec(text.trim());
  if (found) {
    const [, year, month, day, hour = '00', minute = '00', second = '00', , zone = 'Z'] = found;
    const offset = zone === 'UTC' ? 'Z' : zone.replace(/^(...)(\d\d)$/, '$1:$2');
    return checked(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`, Number(day), offset === 'Z');
  }
  const numbers = dates === 'iso' ? null : written.exec(text.trim());
  if (!numbers) return undefined;
  const [, first = '', second = '', year = '', hour = '0', minute = '0', seconds = '0'] = numbers;
  const [day, month] = dates === 'dmy' ? [first, second] : [second, first];
  const two = (value: string): string => value.padStart(2, '0');
  const date = `${year.length === 2 ? `20${year}` : year}-${two(month)}-${two(day)}`;
  return checked(`${date}T${two(hour)}:${two(minute)}:${two(seconds)}Z`, Number(day), true);
}

/** JavaScript makes of 30 February the second of March. */
function checked(text: string, day: number, isUtc: boolean): string | undefined {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()) || (isUtc && date.getUTCDate() !== day)) return undefined;
  return date.toISOString();
}
