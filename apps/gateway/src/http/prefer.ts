/**
 * What a `Prefer` header (RFC 7240) asks for, as far as api.md honours it. The first of a repeated preference counts
 * (section 2).
 */
export interface Preferences {
  readonly minimal: boolean;
  /** Seconds, 0…30. */
  readonly wait?: number;
}

const none: Preferences = { minimal: false };

/** In one pass over the header: an expression with two adjacent runs of blanks would look at each pair of them. */
export function readPrefer(header: string | string[] | undefined): Preferences {
  if (header === undefined) return none;
  const text = Array.isArray(header) ? header.join(',') : header;
  const seen = new Map<string, string>();
  for (const part of text.split(',')) {
    const preference = part.split(';', 1)[0] ?? '';
    const equals = preference.indexOf('=');
    const name = (equals < 0 ? preference : preference.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? '' : preference.slice(equals + 1).trim();
    if (name !== '' && !seen.has(name)) seen.set(name, /^"[^"]*"$/.test(value) ? value.slice(1, -1) : value);
  }
  const wait = seen.get('wait');
  return {
    minimal: seen.get('return') === 'minimal',
    ...(wait !== undefined && /^\d{1,9}$/.test(wait) ? { wait: Math.min(30, Number(wait)) } : {}),
  };
}
