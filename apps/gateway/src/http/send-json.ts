import type { FastifyReply } from 'fastify';
import type { EventAnswer } from '@datakeep/contracts';

const type = 'application/json; charset=utf-8';

/** Sends text that is JSON already, as it is. */
export function sendJson(reply: FastifyReply, json: string): void {
  reply.header('content-type', type).send(json);
}

/** Sends an event with its version as strong `ETag` (RFC 9110 §8.8.3). */
export function sendEvent(reply: FastifyReply, event: EventAnswer): void {
  reply.header('etag', `"${event.version}"`);
  sendJson(reply, event.json);
}
