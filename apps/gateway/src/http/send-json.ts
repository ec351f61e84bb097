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

/** Sends an event with its version as strong `ETag` (RFC 9110 §8.8.3). */
export function sendEvent(reply: FastifyReply, event: EventAnswer): void {
  reply.header('etag', `"${event.version}"`);
  sendJson(reply, event.json);
}
