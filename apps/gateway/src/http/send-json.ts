import type { FastifyReply } from 'fastify';
import type { EventAnswer } from '@datakeep/contracts';

const type = 'application/json; charset=utf-8';

/** Sends text, or pieces of one text, that is JSON already. */
export function sendJson(reply: FastifyReply, json: string | readonly string[]): void {
  reply.header('content-type', type).serializer(asItIs).send(json);
}

/** For pieces: `Answers` sends them. */
function asItIs(json: unknown): string {
  return json as string;
}

/**
 * Sends an event with its version as strong `ETag` (RFC 9110 §8.8.3); 304 to a caller that has that version, as
 * `If-None-Match` says (§13.1.2).
 */
export function sendEvent(reply: FastifyReply, event: EventAnswer): void {
  const tag = `"${event.version}"`;
  const { method, headers } = reply.request;
  reply.header('etag', tag);
  if ((method === 'GET' || method === 'HEAD') && names(headers['if-none-match'], tag)) reply.status(304).send();
  else sendJson(reply, event.json);
}

/** By weak comparison. */
function names(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = new Set(ifNoneMatch.split(',').map((each) => each.trim().replace(/^W\//, '')));
  return tags.has(tag) || tags.has('*');
}
