import { Catch } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatakeepError, type Logger } from '@datakeep/kernel';
import { ProblemFilter } from '@datakeep/service-host';
import { Page } from '../control-centre/page-files.ts';
import type { RouteTable } from './route-table.ts';

/** Answers as `ProblemFilter`, and requests that no route answers. */
@Catch()
export class EdgeProblemFilter extends ProblemFilter {
  readonly #page = Page.built();

  constructor(
    logger: Logger,
    private readonly routes: RouteTable,
  ) {
    super(logger);
  }

  /** A mistyped address of the page is answered by the page, which says so; the status stays 404. */
  protected override answer(reply: FastifyReply, request: FastifyRequest, error: DatakeepError): void {
    if (this.#page && error.code === 'not-found' && isMistyped(request)) this.#page.send(reply.status(404));
    else super.answer(reply, request, error);
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

/** A path outside of the APIs that no route has, in the address bar of a browser: of a page alone HTML is asked for. */
function isMistyped({ is404, method, url, headers }: FastifyRequest): boolean {
  return is404 && method === 'GET' && !/^\/(app|admin)\//.test(url) && (headers.accept ?? '').includes('text/html');
}
