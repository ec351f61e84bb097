import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Policy } from '@datakeep/auth';
import {
  type Clock,
  type Config,
  DatakeepError,
  type Logger,
  type ProblemCode,
  toProblem,
  withRequestId,
} from '@datakeep/kernel';
import { sendProblem, toDatakeepError } from '@datakeep/service-host';
import { type Admission, installAdmission } from './admission/admission.ts';
import { checkAccept } from './accept.ts';
import { defaultBodyLimit, installBodyParsers } from './body-parsers.ts';
import { installBodyTimes } from './body-times.ts';
import { RouteTable } from './route-table.ts';
import { traceRequests } from './request-spans.ts';
import { installSecurityHeaders } from './security-headers.ts';

const requestIdPattern = /^[\w.-]{1,128}$/;

const rawErrorCodes: Readonly<Record<string, readonly [number, ProblemCode]>> = {
  HPE_HEADER_OVERFLOW: [431, 'headers-too-large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'bad-request'],
};

/** Answers what Node's HTTP parser refused before there was a request. */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, code] = rawErrorCodes[error.code ?? ''] ?? [400, 'bad-request' as const];
  const body = JSON.stringify({ ...toProblem(new DatakeepError(code), randomUUID()), status });
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json; ` +
        `charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}

/** Replaces Fastify's compiler of schemas, which must never run. */
function noCompiler(): never {
  throw new Error('no route has a schema of Fastify');
}

/** The files of Swagger UI and of the Control Centre, which plugins of Fastify answer. */
const files: Policy = { who: 'public', rate: 'read' };
const isFile = (url: string): boolean => /^\/(docs|openapi|assets)(\/|$)|^\/favicon\.svg$/.test(url);

export interface Edge {
  readonly adapter: FastifyAdapter;
  readonly routes: RouteTable;
  readonly admission: Admission;
}

/**
 * Fastify as the gateway's edge: headers 16 KiB within 10 s, a request within 30 s, idle connections closed after 5 s.
 */
export function createEdge(config: Config, logger: Logger, clock: Clock): Edge {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: defaultBodyLimit,
    keepAliveTimeout: 5000,
    trustProxy: config.trustedProxies.length > 0 && [...config.trustedProxies],
    // Streamed bodies last as long as they last: whole ones are timed by `installBodyTimes`.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    // While closing, a request on an open connection is still answered, with `Connection: close`: nothing that was
    // accepted is turned away.
    return503OnClosing: false,
    // Node looks for headers that are late each half minute by default, and each takes a place until then.
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, connectionsCheckingInterval: 1000 },
    requestIdHeader: false,
    // No route has a schema of Fastify's, which loads its own compilers whether one has or not.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    genReqId: (request: { headers: Record<string, string | string[] | undefined> }) => {
      const requestId = request.headers['x-request-id'];
      return typeof requestId === 'string' && requestIdPattern.test(requestId) ? requestId : randomUUID();
    },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, request, toDatakeepError(error)),
    routerOptions: { maxParamLength: 2048 },
    skipMiddie: true,
    multipart: false,
  });
  const fastify = adapter.getInstance();
  const routes = new RouteTable();
  fastify.addHook('onRoute', (route) => {
    routes.add(route);
    if (route.config?.policy === undefined && isFile(route.url))
      route.config = { ...route.config, policy: files } as NonNullable<typeof route.config>;
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  if (config.otelEndpoint !== undefined) traceRequests(fastify);
  // Whatever this request asks of other services carries its id. Only once the body is read: the events of its stream
  // run outside of this scope.
  fastify.addHook('preValidation', (request, _reply, done) => withRequestId(request.id, done));
  installSecurityHeaders(fastify);
  const admission = installAdmission(fastify, config, clock, logger);
  checkAccept(fastify);
  installBodyParsers(fastify, admission.bodyRounds);
  installBodyTimes(fastify, clock, (socket) =>
    answerClientError(Object.assign(new Error('too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket),
  );
  fastify.addHook('onClose', (_instance, done) => {
    logger.debug('the HTTP server is closed');
    done();
  });
  return { adapter, routes, admission };
}
