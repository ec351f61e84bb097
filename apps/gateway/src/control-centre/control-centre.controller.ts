import { randomBytes } from 'node:crypto';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@datakeep/auth';
import { builtPageFolder, Page } from './page-files.ts';

/** The page's own paths. Each answers the same document (history fallback); any other path stays a problem document. */
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

const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    // Of the page's own making: QR codes and what the code editor draws.
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    // What reads files and imports them.
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ');

/**
 * The Control Centre's document. Where the page is not built (the gateway run from source), `/` leads to the API docs.
 */
@ApiExcludeController()
@Controller()
@Public()
export class ControlCentreController {
  readonly #page: Page | undefined;

  constructor() {
    const folder = builtPageFolder();
    this.#page = folder === undefined ? undefined : new Page(folder);
  }

  @Get(['', ...sections.flatMap((section) => [section, `${section}/*`])])
  controlCentrePage(@Res() reply: FastifyReply): void {
    if (this.#page === undefined) {
      reply.redirect('/docs', 302);
      return;
    }
    const nonce = randomBytes(16).toString('base64');
    reply
      .header('content-security-policy', policy(nonce))
      .header('cross-origin-opener-policy', 'same-origin')
      .header('cache-control', 'no-store')
      .header('content-type', 'text/html; charset=utf-8')
      .send(this.#page.withNonce(nonce));
  }
}
