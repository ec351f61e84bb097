import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';

/**
 * Where the built page lies beside the built services: `dist/control-centre`. Absent where the gateway runs from
 * source.
 */
function builtPageFolder(): string | undefined {
  const folder = fileURLToPath(new URL('../../../../control-centre/', import.meta.url));
  return existsSync(`${folder}index.html`) ? folder : undefined;
}

/** What Vite writes in place of the nonce (apps/control-centre/vite.config.ts). */
const noncePlaceholder = '__CSP_NONCE__';

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

/** index.html with a new nonce for each answer. */
export class Page {
  readonly #parts: readonly string[];

  private constructor(folder: string) {
    this.#parts = readFileSync(`${folder}index.html`, 'utf8').split(noncePlaceholder);
  }

  static built(): Page | undefined {
    const folder = builtPageFolder();
    return folder === undefined ? undefined : new Page(folder);
  }

  send(reply: FastifyReply): void {
    const nonce = randomBytes(16).toString('base64');
    reply
      .header('content-security-policy', policy(nonce))
      .header('cross-origin-opener-policy', 'same-origin')
      .header('cache-control', 'no-store')
      .header('content-type', 'text/html; charset=utf-8')
      .send(this.#parts.join(nonce));
  }
}

/** A worker has the policy of its own file, not that of the page: it calls the keep, and loads code of the keep. */
const workerPolicy =
  "default-src 'none'; script-src 'self'; connect-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

/** Hashed names never change their content; what is no hashed name is asked for anew. */
export async function servePageFiles(app: NestFastifyApplication): Promise<void> {
  const root = builtPageFolder();
  if (root === undefined) return;
  await app.register(fastifyStatic as never, {
    root: `${root}assets`,
    prefix: '/assets/',
    immutable: true,
    maxAge: '365d',
    index: false,
    // scripts/build.ts makes these.
    preCompressed: true,
    decorateReply: false,
    setHeaders: (reply: { header(name: string, value: string): unknown }, path: string) => {
      if (path.includes('.worker-')) reply.header('content-security-policy', workerPolicy);
    },
  });
  const icon = readFileSync(`${root}favicon.svg`);
  app
    .getHttpAdapter()
    .getInstance()
    .get('/favicon.svg', (_request, reply) => reply.type('image/svg+xml').send(icon));
}
