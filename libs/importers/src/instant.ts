/** RFC 3339 in UTC of a text with date and time; one without a zone is of UTC. Digits below a millisecond are cut. */
export function instantOf(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const found = /^\s*(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d+)? ?(Z|[+-]\d\d:?\d\d)?\s*$/i.exec(text);
  if (!found) return undefined;
  const zone = found[3] ?? 'Z';
  const local = found[1]!.replace(' ', 'T');
  return isoOf(Date.parse(`${local}${(found[2] ?? '').slice(0, 4)}${zone.replace(/^(...)(\d\d)$/, '$1:$2')}`));
}

/** Of milliseconds since 1970; undefined for what is no moment between the years 0 and 9999. */
export const isoOf = (ms: number): string | undefined =>
  ms >= -62_167_219_200_000 && ms <= 253_402_300_799_999 ? new Date(ms).toISOString() : undefined;
