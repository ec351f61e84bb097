import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Callers } from '@datakeep/registry';

const allowed = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, if-match, if-none-match, last-event-id, prefer, traceparent, x-request-id',
  // How long a browser need not ask again, in s. The answer itself is checked each time.
  'access-control-max-age': '600',
};
const exposed = 'etag, location, preference-applied, retry-after, x-request-id';

/**
 * Cross-origin requests (Fetch standard, CORS) to `/app/v1`, from the origins that an app was given, and never with
 * credentials, since there are no cookies. A request with a token is answered to the origins of its own app; one
 * without, such as a preflight, to those of any app; an association to any origin, since a page tells its own by it,
 * and what opens it is in its body (ADR 61). @fastify/cors decides before a caller is known.
 */
export function allowCrossOrigin(fastify: FastifyInstance, callers: Callers): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return done();
    const { origin } = request.headers;
    if (!isOfApps(request) || origin === undefined) return done();
    const answer = (may: boolean): void => {
      if (may) reply.status(204).headers(allowed).headers(answerTo(origin)).send();
      else done();
    };
    if (isAssociation(request)) return answer(true);
    Promise.resolve(callers.origins()).then((origins) => answer(origins.has(origin)), done);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { origin } = request.headers;
    if (origin === undefined || request.method === 'OPTIONS' || !isOfApps(request)) return done(null, payload);
    const answer = (may: boolean): void => {
      if (may) reply.headers(answerTo(origin)).header('access-control-expose-headers', exposed);
      done(null, payload);
    };
    const { caller } = request;
    if (caller?.kind === 'app') return answer(caller.origins?.includes(origin) ?? false);
    if (caller !== undefined) return answer(false);
    if (isAssociation(request)) return answer(true);
    Promise.resolve(callers.origins()).then((origins) => answer(origins.has(origin)), done);
  });
}

const isOfApps = ({ url }: FastifyRequest): boolean => url.startsWith('/app/v1/');
const isAssociation = ({ url }: FastifyRequest): boolean => url === '/app/v1/association';
const answerTo = (origin: string) => ({ 'access-control-allow-origin': origin, vary: 'Origin' });
