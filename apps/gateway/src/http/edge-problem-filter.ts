import { Catch } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatakeepError, type Logger } from '@datakeep/kernel';
import { ProblemFilter } from '@datakeep/service-host';
import type { RouteTable } from './route-table.ts';

/** Answers as `ProblemFilter`, and requests that no route answers. */
@Catch()
export class EdgeProblemFilter extends ProblemFilter {
  constructor(
    logger: Logger,
    private readonly routes: RouteTable,
  ) {
    super(logger);
  }

  /**
   * A known path with another method is 405, also where the method found a route with a parameter (`DELETE
   * /events/query`).
   */
  protected override unanswered(request: FastifyRequest, reply: FastifyReply): DatakeepError | undefined {
    const path = request.url.split('?', 1)[0] ?? '';
    if (!request.is404 && !this.routes.refuses(request.method, path)) return undefined;
    const methods = this.routes.methodsAt(path).join(', ');
    if (methods === '')
      return new DatakeepError(
        'not-found',
        'No route has this path; /docs lists those there are. A `/` within a name is written `%2F`.',
      );
    reply.header('allow', methods);
    return new DatakeepError('method-not-allowed', `Use one of ${methods}.`);
  }
}
