import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type Config, DatakeepError } from '@datakeep/kernel';

/**
 * Refuses a request that names another host than this keep (421). A page of a stranger's site whose name was made to
 * lead to this machine (DNS rebinding) would otherwise count as the keep's own. Such a page can only bring a name, so
 * every literal address passes, which probes and scrapers use. Health checks pass by any name, and so does HTTP/1.0
 * without one, which no browser speaks. More than one `Host` is 400 (RFC 9112, section 3.2): Node would take the first.
 */
export function checkHosts(fastify: FastifyInstance, config: Config): void {
  const { host, publicUrl, gatewayUrl, allowedHosts } = config;
  const urls = [publicUrl, gatewayUrl].filter((url) => url !== undefined).map((url) => new URL(url).hostname);
  const known: ReadonlySet<string> = new Set([host, ...urls, ...allowedHosts].map(normal));
  // Most requests name the host that the one before named.
  let lastAdmitted: string | undefined;
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (isNamedTwice(request.raw.rawHeaders)) {
      done(new DatakeepError('bad-request', 'A request has one Host header; this one has more.'));
      return;
    }
    const { host: header } = request.raw.headers;
    if (header === undefined || header === lastAdmitted) {
      done();
      return;
    }
    const name = nameIn(header);
    if (isAddress(name) || isLoopback(name) || known.has(name)) {
      lastAdmitted = header;
      done();
      return;
    }
    const { policy } = request.routeOptions.config;
    if (policy?.who === 'public' && policy.rate === 'none') {
      done();
      return;
    }
    done(
      new DatakeepError(
        'misdirected-request',
        `The keep is not known as ${JSON.stringify(name.slice(0, 100))}. Where it should be, ` +
          `set PUBLIC_URL to its address, or name it in ALLOWED_HOSTS.`,
      ),
    );
  });
}

/** Names of headers alternate with their values. */
function isNamedTwice(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

/** The host of a `Host` header, without its port. */
function nameIn(header: string): string {
  return normal(header.replace(/:\d{1,5}$/, ''));
}

function normal(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function isAddress(name: string): boolean {
  return isIP(name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name) !== 0;
}

/** RFC 6761: `localhost` and all below it never leave the machine. */
function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}
