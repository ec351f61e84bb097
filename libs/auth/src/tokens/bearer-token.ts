import type { IncomingMessage } from 'node:http';

/** Our tokens are about 300 characters; anything much longer is not one, and costs nothing. */
const maxTokenLength = 2048;

const prefix = 'bearer ';
const headerName = 'authorization';

/**
 * The bearer token of a request (RFC 6750, 2.1): from `Authorization` only, and only when that header is there exactly
 * once. Anywhere else (URL, body, cookie) a token is ignored. `undefined` when there is none that could be one of ours.
 */
export function bearerTokenOf(request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): string | undefined {
  const value = request.headers.authorization;
  if (typeof value !== 'string' || value.length > maxTokenLength + prefix.length) return undefined;
  if (value.slice(0, prefix.length).toLowerCase() !== prefix || occurrences(request.rawHeaders) > 1) return undefined;
  const token = value.slice(prefix.length);
  return token === '' ? undefined : token;
}

/** Node keeps the first of several Authorization headers silently, so they are counted in what came over the wire. */
function occurrences(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === headerName.length && name.toLowerCase() === headerName) count += 1;
  }
  return count;
}

/**
 * The header of a compact JWS, not verified: only good for choosing the strategy and the key. `undefined` when it
 * cannot be read.
 */
export function peekHeader(token: string): { readonly typ?: unknown; readonly kid?: unknown } | undefined {
  const end = token.indexOf('.');
  if (end < 1) return undefined;
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, end), 'base64url').toString());
    return typeof header === 'object' && header !== null ? header : undefined;
  } catch {
    return undefined;
  }
}
