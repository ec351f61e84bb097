import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type Server } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Connectors that open what is asked for and record the destination. They see a name before Node resolves it. */
export function recordingConnectors() {
  const connections: string[] = [];
  const record = (options: { host?: unknown; port?: unknown }): void =>
    void connections.push(`${String(options.host)}:${String(options.port)}`);
  class Http extends Agent {
    override createConnection(...[options, callback]: Parameters<Agent['createConnection']>) {
      record(options);
      return super.createConnection(options, callback);
    }
  }
  class Https extends HttpsAgent {
    override createConnection(...[options, callback]: Parameters<HttpsAgent['createConnection']>) {
      record(options);
      return super.createConnection(options, callback);
    }
  }
  return { connections, connectors: { http: new Http(), https: new Https() } };
}

/** A data endpoint that answers what the test sets, and records its requests. */
export class RecordedEndpoint {
  readonly seen: Seen[] = [];
  answer: { status: number; headers?: Record<string, string>; body: string } = { status: 404, body: '' };
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.seen.push({
          method: request.method!,
          url: request.url!,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        });
        response.writeHead(this.answer.status, this.answer.headers).end(this.answer.body);
      });
    });
  }

  static async start(): Promise<RecordedEndpoint> {
    const endpoint = new RecordedEndpoint();
    endpoint.#server.listen(0, '127.0.0.1');
    await once(endpoint.#server, 'listening');
    return endpoint;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}
