/**
 * A member name as one segment of a JSON Pointer (RFC 6901), without the leading `/`. Long names are cut at 200
 * characters, so that an error stays small.
 */
export function pointerSegment(name: string): string {
  return (name.length > 200 ? `${name.slice(0, 200)}…` : name)
    .replaceAll('~', '~0')
    .replaceAll('/', '~1')
    .toWellFormed();
}
