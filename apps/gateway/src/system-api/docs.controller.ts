import { readFileSync } from 'node:fs';
import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '@datakeep/auth';
import { problemsPage } from './problems-page.ts';

let queryLanguage: string | undefined;

/** `/docs/errors` is what the `type` of every problem points to; `/docs/query-language` what the API docs do. */
@Controller()
@Public()
export class DocsController {
  @Get('docs/errors')
  errors(@Res() reply: FastifyReply): void {
    reply.header('content-type', 'text/html; charset=utf-8').send(problemsPage);
  }

  @Get('docs/query-language')
  queryLanguage(@Res() reply: FastifyReply): void {
    // Read at its first use; a build has a copy at the same place.
    queryLanguage ??= readFileSync(new URL('../../../../docs/query-language.md', import.meta.url), 'utf8');
    reply.header('content-type', 'text/plain; charset=utf-8').send(queryLanguage);
  }
}
