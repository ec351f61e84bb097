import { fullFormats } from 'ajv-formats/dist/formats.js';

/** 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z, in ms since the epoch. */
const earliest = -62_167_219_200_000;
const latest = 253_402_300_799_999;

/**
 * RFC 3339 `date-time` with at most three digits of a second's fraction and no second 60; whether the month has the day
 * is not decided here.
 */
const dateShape = /\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])/.source;
const timeShape = /(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,3})?/.source;
const offsetShape = /(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)/.source;
const shape = new RegExp(`^${dateShape}[Tt]${timeShape}${offsetShape}$`);
const { validate } = fullFormats['date-time'] as { readonly validate: (text: string) => boolean };

/**
 * The instant of an RFC 3339 date-time, in ms since the epoch, or undefined when the text is none: any offset is legal;
 * finer than milliseconds, leap seconds, days that no month has, and instants outside the years 0000 to 9999 (in UTC)
 * are not.
 */
export function parseDateTime(text: string): number | undefined {
  if (!shape.test(text)) return undefined;
  // Every month has 28 days; the calendar's check is four times as slow as all the rest, and this is on the path of
  // every event.
  if (text.slice(8, 10) > '28' && !validate(text)) return undefined;
  const instant = Date.parse(text[10] === 'T' && !text.endsWith('z') ? text : text.toUpperCase());
  return instant >= earliest && instant <= latest ? instant : undefined;
}

/** A date as every answer shows it: RFC 3339, UTC, milliseconds. */
export function isoDate(ms: number): string;
export function isoDate(ms: number | undefined): string | undefined;
export function isoDate(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
