import { DatakeepError } from '@datakeep/kernel';
import { type EndpointRequest, EndpointRefusal } from '../data-endpoint/data-endpoint.ts';
import { readFetchParts } from '../frames/frames.ts';

/** What a `fetch` frame asks, or undefined when no runner of ours would send such a one. */
export function endpointRequestOf(frame: Buffer): EndpointRequest | undefined {
  const parts = readFetchParts(frame);
  if (!parts || typeof parts.head !== 'object' || parts.head === null) return undefined;
  const { method, url, headers } = parts.head as Partial<Record<string, unknown>>;
  if (typeof method !== 'string' || typeof url !== 'string' || !Array.isArray(headers)) return undefined;
  const pairs = headers.filter(isPair);
  if (pairs.length < headers.length) return undefined;
  return { method, url, headers: pairs, ...(parts.body.length === 0 ? {} : { body: parts.body }) };
}

function isPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

/** What view code gets for a refused call: code and message of an error that is meant for callers. */
export function refusalOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof EndpointRefusal) return { code: error.code, message: error.message };
  const known = DatakeepError.from(error);
  if (!known) return { code: 'internal', message: 'Something broke in the keep.' };
  const first = known.errors[0];
  return {
    code: known.code,
    message: first && !known.message.includes(first.detail) ? `${known.message} (${first.detail})` : known.message,
  };
}
