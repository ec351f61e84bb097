import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What becomes of a request: handed on; refused with a problem before the keep sees it; cut off before the keep sees
 * it, or after the keep has answered.
 */
export type Fault =
  | 'pass'
  | 'cut-before'
  | 'cut-after'
  | { readonly status: number; readonly code: string; readonly retryAfter?: number };

export interface FaultyProxy {
  readonly url: string;
  /** For the next requests, in their order, in place of those given before; then all pass. */
  next(...faults: readonly Fault[]): void;
  /** Method, path and what became of each request. */
  readonly seen: readonly string[];
  /** Cuts every connection that is open. */
  cutAll(): void;
  close(): Promise<void>;
}

/** A proxy between a client and a keep that breaks as it is told. */
export async function faultyProxy(keepUrl: string): Promise<FaultyProxy> {
  const faults: Fault[] = [];
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const fault = faults.shift() ?? 'pass';
    const kind = typeof fault === 'string' ? fault : fault.code;
    seen.push(`${incoming.method} ${incoming.url?.split('?')[0]} ${kind}`);
    if (fault === 'cut-before') incoming.socket.destroy();
    else if (typeof fault === 'object') refuse(outgoing, fault);
    else handOn(keepUrl, incoming, outgoing, fault === 'cut-after');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: (...more) => void faults.splice(0, Infinity, ...more),
    seen,
    cutAll: () => server.closeAllConnections(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refuse(outgoing: ServerResponse, { status, code, retryAfter }: Exclude<Fault, string>): void {
  const problem = { type: `/docs/errors#${code}`, title: code, status, detail: '', instance: 'proxy', code };
  outgoing.writeHead(status, {
    'content-type': 'application/problem+json',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  outgoing.end(JSON.stringify(problem));
}

function handOn(keepUrl: string, incoming: IncomingMessage, outgoing: ServerResponse, cut: boolean): void {
  const { method, url, headers } = incoming;
  const { host: _, ...rest } = headers;
  const onward = request(new URL(url!, keepUrl), { method, headers: rest }, (answer) => {
    if (cut) {
      answer.resume().on('end', () => incoming.socket.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => incoming.socket.destroy());
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}
