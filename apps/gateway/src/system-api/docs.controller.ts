import { Controller, Get, Redirect, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '@datakeep/auth';
import { Admins } from '@datakeep/registry';
import { problemsPage } from './problems-page.ts';
import { queryLanguagePage } from './query-language-page.ts';

/** `/` leads to the setup page while there is no admin, else to the API docs, until the Control Centre is there; `/docs/errors` is what the `type` of every problem points to; `/docs/query-language` what the API docs do. */
@Controller()
@Public()
export class DocsController {
  constructor(private readonly admins: Admins) {}

  @Get()
  @Redirect('/docs', 302)
  async home(): Promise<{ readonly url: string }> {
    return { url: (await this.admins.exists()) ? '/docs' : '/setup' };
  }

  @Get('docs/errors')
  errors(@Res() reply: FastifyReply): void {
    reply.header('content-type', 'text/html; charset=utf-8').send(problemsPage);
  }

  @Get('docs/query-language')
  queryLanguage(@Res() reply: FastifyReply): void {
    reply.header('content-type', 'text/plain; charset=utf-8').send(queryLanguagePage());
  }
}
