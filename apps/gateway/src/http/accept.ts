import type { FastifyInstance } from 'fastify';
import { DatakeepError } from '@datakeep/kernel';
import { ndjson, octetStream } from './body-parsers.ts';

const json = 'application/json';
const problem = 'application/problem+json';

/** What routes of the two APIs answer with, where it is not JSON alone. */
const answeredTypes: Readonly<Record<string, readonly string[]>> = {
  '/app/v1/events': [json, ndjson],
  '/app/v1/events/changes': [json, 'text/event-stream'],
  '/admin/v1/events/import': [json, ndjson],
  '/admin/v1/events/export': [ndjson],
  '/admin/v1/notifications': ['text/event-stream'],
  // GET is the file; DELETE has no body, so any caller may ask for it.
  '/admin/v1/backups/:name': [octetStream, json],
};
const jsonOnly: readonly string[] = [json];

/**
 * Refuses a request of the two APIs whose `Accept` excludes all that its route answers (406), before anything is done.
 * Problems are sent to everyone. A route that answers 204 has nothing else to send, so a request for problems alone,
 * as Swagger UI makes it there, is served by every route.
 */
export function checkAccept(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    const { accept } = request.headers;
    if (accept === undefined || accept === '*/*' || accept === json) return done(null, payload);
    const { url = '' } = request.routeOptions;
    if (!/^\/(app|admin)\/v1\//.test(url)) return done(null, payload);
    const types = answeredTypes[url] ?? jsonOnly;
    if (types.some((type) => accepts(accept, type)) || accept.toLowerCase().includes(problem)) done(null, payload);
    else done(new DatakeepError('not-acceptable', `This route answers ${types.join(' or ')}.`));
  });
}

/**
 * Whether an `Accept` header admits the media type (RFC 9110, section 12.5.1): the most specific range that covers it
 * decides. Parameters other than `q` are ignored.
 */
export function accepts(header: string, type: string): boolean {
  const kind = `${type.slice(0, type.indexOf('/'))}/*`;
  let best = 0;
  let admitted = false;
  for (const part of header.split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const precision = range === type ? 3 : range === kind ? 2 : range === '*/*' ? 1 : 0;
    if (precision === 0 || precision < best) continue;
    const excluded = parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter));
    admitted = (precision === best && admitted) || !excluded;
    best = precision;
  }
  return admitted;
}
