import { fullFormats } from 'ajv-formats/dist/formats.js';

/** 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z, in ms since the epoch. */
const earliest = -62_167_219_200_000;
const latest = 253_402_300_799_999;

/** Stricter than ajv-formats: `T` between date and time, an offset with minutes, at most three digits of a second's fraction, no second 60. */
const shape = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:[0-5]\d(?:\.\d{1,3})?(?:[Zz]|[+-]\d\d:\d\d)$/;
const { validate } = fullFormats['date-time'] as { readonly validate: (text: string) => boolean };

/**
 * The instant of an RFC 3339 date-time, in ms since the epoch, or undefined when the text is none: any offset is legal; finer than milliseconds, leap seconds, days
 * that no month has, and instants outside the years 0000 to 9999 (in UTC) are not.
 */
export function parseDateTime(text: string): number | undefined {
  if (!shape.test(text) || !validate(text)) return undefined;
  const instant = Date.parse(text.toUpperCase());
  return instant >= earliest && instant <= latest ? instant : undefined;
}
