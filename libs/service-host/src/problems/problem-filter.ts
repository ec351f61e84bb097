import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type Clock,
  DatakeepError,
  type LogFields,
  type Logger,
  ownersReason,
  type ProblemCode,
  SystemClock,
  toProblem,
} from '@datakeep/kernel';

const codeByStatus: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  413: 'body-too-large',
  415: 'unsupported-media-type',
  431: 'headers-too-large',
  503: 'not-ready',
};

/**
 * Errors of frameworks as ours: their messages may quote input or internals, so only the status is kept. `otherwise` is
 * the code of a 4xx without a specific one.
 */
export function toDatakeepError(error: unknown, otherwise: ProblemCode = 'bad-request'): DatakeepError {
  const known = DatakeepError.from(error);
  if (known) return known;
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  const code = typeof status === 'number' ? codeByStatus[status] : undefined;
  if (code) return new DatakeepError(code);
  if (typeof status === 'number' && status >= 400 && status < 500) return new DatakeepError(otherwise);
  return new DatakeepError('internal', undefined, { cause: error });
}

/** Sends the one error format of the keep: RFC 9457. */
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

/** How often refusals of one code are logged, ms: an outage refuses thousands. */
const refusalsLoggedMs = 60_000;

/**
 * Maps every exception to a problem document, once: those of handlers, guards and pipes, and of Fastify. A failure of
 * the keep itself is logged with its stack. Other 5xx are answers that are expected under load and in an outage: the
 * first of a code in a minute is logged, with how many there were since the last line.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #refused = new Map<ProblemCode, { loggedAt: number; count: number }>();

  constructor(
    private readonly logger: Logger,
    private readonly otherwise?: ProblemCode,
    private readonly clock: Pick<Clock, 'monotonic'> = new SystemClock(),
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    const error = this.unanswered(request, reply) ?? toDatakeepError(exception, this.otherwise);
    if (error.status >= 500) {
      const fields = {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        code: error.code,
      };
      if (error.code === 'internal') this.logger.error('request failed', fields, error.cause ?? exception);
      else this.#logRefusal(error, fields);
    }
    this.answer(reply, request, error);
  }

  #logRefusal(error: DatakeepError, fields: LogFields): void {
    const now = this.clock.monotonic();
    const refused = this.#refused.get(error.code) ?? { loggedAt: -Infinity, count: 0 };
    this.#refused.set(error.code, refused);
    refused.count += 1;
    if (now - refused.loggedAt < refusalsLoggedMs) return;
    this.logger.warn('request refused', { ...fields, reason: ownersReason(error), count: refused.count });
    refused.loggedAt = now;
    refused.count = 0;
  }

  protected answer(reply: FastifyReply, request: FastifyRequest, error: DatakeepError): void {
    sendProblem(reply, request, error);
  }

  /** For a server that answers requests without a route in its own way. */
  protected unanswered(_request: FastifyRequest, _reply: FastifyReply): DatakeepError | undefined {
    return undefined;
  }
}
