import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatakeepError, type Logger, type ProblemCode, toProblem } from '@datakeep/kernel';

const codeByStatus: Readonly<Record<number, ProblemCode>> = {
  404: 'not-found',
  413: 'body-too-large',
  415: 'unsupported-media-type',
};

/** Answers every failure with a problem document; the words of frameworks, which may quote input, stay here. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = DatakeepError.from(exception) ?? foreign(exception);
    if (error.code === 'internal')
      this.logger.error(
        'request failed',
        { requestId: request.id, method: request.method, route: request.routeOptions.url },
        exception,
      );
    if (error.retryAfterSeconds !== undefined)
      reply.header('retry-after', Math.max(1, Math.ceil(error.retryAfterSeconds)));
    if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
    const body = toProblem(error, request.id);
    reply
      .status(body.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(body));
  }
}

function foreign(exception: unknown): DatakeepError {
  const status =
    exception instanceof HttpException
      ? exception.getStatus()
      : (exception as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status !== 'number' || status < 400 || status >= 500) return new DatakeepError('internal');
  return new DatakeepError(codeByStatus[status] ?? 'unreadable-body');
}
