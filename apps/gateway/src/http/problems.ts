import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatakeepError, type Logger, type ProblemCode, toProblem } from '@datakeep/kernel';
import type { RouteTable } from './route-table.ts';

const codeByStatus: Readonly<Record<number, ProblemCode>> = {
  400: 'bad-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  413: 'body-too-large',
  414: 'bad-request',
  415: 'unsupported-media-type',
  431: 'headers-too-large',
  503: 'not-ready',
};

/** What frameworks throw, in our words: their messages may quote input or internals, so only the status is kept. */
export function toDatakeepError(error: unknown): DatakeepError {
  const known = DatakeepError.from(error);
  if (known) return known;
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  const code = typeof status === 'number' ? codeByStatus[status] : undefined;
  if (code) return new DatakeepError(code);
  if (typeof status === 'number' && status >= 400 && status < 500) return new DatakeepError('bad-request');
  return new DatakeepError('internal', undefined, { cause: error });
}

/** Sends the one error format of the API: RFC 9457. */
export function sendProblem(reply: FastifyReply, request: FastifyRequest, error: DatakeepError): void {
  const body = toProblem(error, request.id);
  if (error.retryAfterSeconds !== undefined)
    reply.header('retry-after', Math.max(1, Math.ceil(error.retryAfterSeconds)));
  else if (body.status === 503) reply.header('retry-after', 1);
  if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  reply
    .status(body.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(body));
}

const refusals: ReadonlySet<ProblemCode> = new Set(['overloaded', 'storage-busy', 'query-timeout', 'not-ready']);

/** Maps every exception to a problem document, once: those of handlers, guards and pipes, of Fastify, and of requests that no route answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly routes: RouteTable,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    const error = this.#unanswered(request, reply) ?? toDatakeepError(exception);
    if (error.status >= 500) {
      const fields = {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        code: error.code,
      };
      // Refusals under load are the keep's normal answers; only what broke is told with its stack.
      if (refusals.has(error.code)) this.logger.warn('request refused', fields);
      else this.logger.error('request failed', fields, error.cause ?? exception);
    }
    sendProblem(reply, request, error);
  }

  /** A known path with another method is 405, also where the method found a route with a parameter (`DELETE /events/query`). */
  #unanswered(request: FastifyRequest, reply: FastifyReply): DatakeepError | undefined {
    const path = request.url.split('?', 1)[0] ?? '';
    if (!request.is404 && !this.routes.refuses(request.method, path)) return undefined;
    const methods = this.routes.methodsAt(path).join(', ');
    if (methods === '') return new DatakeepError('not-found');
    reply.header('allow', methods);
    return new DatakeepError('method-not-allowed', `Use one of ${methods}.`);
  }
}
