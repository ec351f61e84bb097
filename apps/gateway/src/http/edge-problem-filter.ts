import { type ArgumentsHost, Catch } from '@nestjs/common';
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

  /** Whoever mistypes an address of the page gets the page, which says so; its status stays 404. */
  override catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (this.#page && isMistyped(request)) this.#page.send(reply.status(404));
    // oxlint-disable-next-line promise/valid-params
    else super.catch(exception, host);
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
