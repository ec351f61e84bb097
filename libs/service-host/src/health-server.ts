import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Readiness } from './readiness.ts';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/health/live`, `/health/ready` and `/metrics` of a process, for the supervisor and the Prometheus of the same
 * network. Anything else is 404. Not by Nest and `@nestjs/terminus`: a service without an HTTP API loads no HTTP
 * framework.
 */
export async function startHealthServer(options: {
  readonly readiness: Readiness;
  readonly registry: Registry;
  readonly host: string;
  readonly port: number;
}): Promise<HealthServer> {
  const { readiness, registry } = options;
  const answers: Readonly<Record<string, () => Promise<{ status: number; type: string; body: string }>>> = {
    '/health/live': async () => ({ status: 200, type: 'application/json', body: '{"status":"up"}' }),
    '/health/ready': async () => {
      const report = await readiness.report();
      return { status: report.status === 'up' ? 200 : 503, type: 'application/json', body: JSON.stringify(report) };
    },
    '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
  };
  const server: Server = createServer((request, response) => {
    const answer =
      request.method === 'GET' && Object.hasOwn(answers, request.url ?? '') ? answers[request.url ?? ''] : undefined;
    if (!answer) {
      response.writeHead(404).end();
      return;
    }
    answer().then(
      ({ status, type, body }) =>
        response
          .writeHead(status, { 'content-type': type, ...(status === 503 ? { 'retry-after': '1' } : {}) })
          .end(body),
      () => response.writeHead(503).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
