import { DatakeepError, InputErrors } from '@datakeep/kernel';

/** Origins that one app may have. */
export const mostOrigins = 20;

/** Throws 422 unless each is an origin (RFC 6454): `https://diary.example`, with a port where it is not the usual. */
export function checkOrigins(origins: readonly string[]): readonly string[] {
  if (origins.length > mostOrigins)
    throw DatakeepError.invalidAt('/origins', 'range', `At most ${mostOrigins} origins are expected.`);
  const expected = 'An origin is expected, without a path: `https://diary.example` or `http://localhost:5173`.';
  const errors = new InputErrors();
  for (const [index, origin] of origins.entries())
    if (!isOrigin(origin)) errors.add(`/origins/${index}`, 'format', expected);
  errors.throwIfAny();
  return [...new Set(origins)];
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}
