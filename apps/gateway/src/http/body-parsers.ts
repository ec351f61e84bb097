import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { maxEventsTextBytes } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { readBody } from './admission/bodies.ts';
import type { BodyRounds } from './admission/body-rounds.ts';

const mebibyte = 1024 * 1024;

/** Largest body in bytes where a route says nothing else. */
export const defaultBodyLimit = mebibyte;
/** 10 source files of 256 KiB, escaped as JSON strings. */
export const templateBodyLimit = 6 * mebibyte;
/** Of a route that anyone may call, or that takes none. */
export const smallBodyLimit = 64 * 1024;

const bodyLimits: Readonly<Record<string, number>> = {
  'POST /app/v1/events': maxEventsTextBytes,
  'PUT /app/v1/events/:id': maxEventsTextBytes,
  'PUT /admin/v1/events/:id': maxEventsTextBytes,
  'POST /admin/v1/view-templates': templateBodyLimit,
};

export const ndjson = 'application/x-ndjson';
export const octetStream = 'application/octet-stream';
/** Media types whose bodies, of any length, reach the handler as a stream, and the routes that take them. */
const streamed: Readonly<Record<string, readonly string[]>> = {
  [ndjson]: ['/app/v1/events', '/admin/v1/events/import'],
  [octetStream]: ['/admin/v1/setup/backup'],
};

export function isStreamed(contentType: string | undefined): boolean {
  return contentType !== undefined && Object.hasOwn(streamed, contentType);
}

/**
 * Bodies reach the handlers as text: events are read once by the event service, everything else by the pipe of its DTO
 * (`json`). Refused here: an encoding other than identity (415), bytes that are not UTF-8 (400), a body over the
 * route's limit (413).
 */
export function installBodyParsers(fastify: FastifyInstance, rounds: BodyRounds): void {
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (route.config?.policy?.who === 'public') route.bodyLimit = smallBodyLimit;
    for (const method of [route.method].flat()) {
      const limit = bodyLimits[`${method} ${route.url}`];
      if (limit !== undefined) route.bodyLimit = limit;
    }
  });
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      done(
        new DatakeepError(
          'unsupported-media-type',
          `Content-Encoding ${JSON.stringify(encoding.slice(0, 40))} is not read here; send the body unencoded.`,
        ),
      );
    else done(null, payload);
  });
  for (const [mediaType, routes] of Object.entries(streamed))
    fastify.addContentTypeParser(mediaType, (request: FastifyRequest, payload, done) => {
      if (routes.includes(request.routeOptions.url ?? '')) done(null, payload);
      else done(new DatakeepError('unsupported-media-type', 'This route reads application/json.'));
    });
  fastify.addContentTypeParser(
    ['application/json', 'application/problem+json'],
    (request: FastifyRequest, payload: IncomingMessage, done) => {
      readText(request, payload, request.routeOptions.bodyLimit, rounds, done);
    },
  );
}

/** Reads a body whole, as text; undefined where it is empty. */
export function readText(
  request: FastifyRequest,
  payload: IncomingMessage,
  limit: number,
  rounds: BodyRounds,
  done: (error: Error | null, text?: string) => void,
): void {
  readBody(request, payload, limit, rounds, (error, body) => {
    if (error || body === undefined) done(error);
    else if (body.length === 0) done(null, undefined);
    else if (isAscii(body)) done(null, body.toString('latin1'));
    else if (isUtf8(body)) done(null, body.toString('utf8'));
    else done(new DatakeepError('unreadable-body', 'The body is not UTF-8.'));
  });
}
