import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@datakeep/auth';
import { Page } from './page-files.ts';

/** The page's own paths. Each answers the same document (history fallback). */
const sections = [
  'setup',
  'sign-in',
  'requests',
  'apps',
  'data',
  'import',
  'views',
  'runs',
  'indexes',
  'audit',
  'system',
  'account',
];

/**
 * The Control Centre's document. Where the page is not built (the gateway run from source), `/` leads to the API docs.
 */
@ApiExcludeController()
@Controller()
@Public()
export class ControlCentreController {
  readonly #page = Page.built();

  @Get(['', ...sections.flatMap((section) => [section, `${section}/*`])])
  controlCentrePage(@Res() reply: FastifyReply): void {
    if (this.#page === undefined) {
      reply.redirect('/docs', 302);
      return;
    }
    this.#page.send(reply);
  }
}
