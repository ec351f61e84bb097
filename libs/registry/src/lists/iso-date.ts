/** A date as every answer shows it: RFC 3339, UTC, milliseconds. */
export const isoDate = (ms: number): string => new Date(ms).toISOString();
