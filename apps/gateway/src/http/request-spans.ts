import type { FastifyInstance, FastifyRequest } from 'fastify';
import { endSpan, type Span, SpanKind, startSpan, withSpan } from '@datakeep/kernel';

/**
 * One server span for each request, which continues the trace of its caller. It names the route's pattern, never the
 * path, the query or the caller.
 */
export function traceRequests(fastify: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const { traceparent: parent } = request.headers;
    const span = startSpan(request.method, {
      kind: SpanKind.SERVER,
      parent: typeof parent === 'string' ? parent : undefined,
    });
    if (span) {
      spans.set(request, span);
      // Comes also where the caller has gone before its answer.
      reply.raw.once('close', () => end(span, request, reply.statusCode));
    }
    done();
  });
  // Once the body is read, as with the request's id.
  fastify.addHook('preValidation', (request, _reply, done) => withSpan(spans.get(request), done));
}

function end(span: Span, request: FastifyRequest, status: number): void {
  const route = request.routeOptions.url;
  if (route !== undefined) span.updateName(`${request.method} ${route}`);
  span.setAttributes({
    'http.request.method': request.method,
    'http.response.status_code': status,
    'datakeep.request.id': request.id,
    ...(route === undefined ? {} : { 'http.route': route }),
  });
  endSpan(span, status >= 500 ? String(status) : undefined);
}
