import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '@datakeep/kernel';

export interface ExchangeRequest {
  readonly method: string;
  /** http or https. */
  readonly url: URL;
  /** `host`, `connection` and lengths are set here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** From the call to the last byte of the answer. */
  readonly deadlineMs: number;
  /** Of the answer's body. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface ExchangeAnswer {
  readonly status: number;
  /** Names in lower case; of one that came twice, the values joined as HTTP has it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Why there is no answer; `aborted` is the caller's own signal. Only `unreachable` says for certain that the other side
 * did nothing.
 */
export class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure';
  readonly reason: 'unreachable' | 'broken-off' | 'too-slow' | 'too-large' | 'aborted';

  constructor(reason: ExchangeFailure['reason'], cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/** Open the connections; a test injects its own. */
export interface Connectors {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/**
 * A connection for each exchange: the other side may close a kept one just as a request is sent, and no request is sent
 * twice.
 */
const oneEach: Connectors = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };

/**
 * One HTTP request and its whole answer, bounded in time and size. Follows no redirect. Rejects with `ExchangeFailure`.
 */
export function exchange(
  request: ExchangeRequest,
  clock: Clock,
  connectors: Connectors = oneEach,
): Promise<ExchangeAnswer> {
  const { method, url, headers, body, deadlineMs, maxBytes, signal } = request;
  const secure = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const length =
      body === undefined ? undefined : typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    const sent = (secure ? httpsRequest : httpRequest)(url, {
      method,
      agent: secure ? connectors.https : connectors.http,
      headers: { ...headers, ...(length === undefined ? {} : { 'content-length': length }) },
    });
    let connected = false;
    const over = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
    };
    const fail = (reason: ExchangeFailure['reason'], cause?: unknown): void => {
      over();
      reject(new ExchangeFailure(reason, cause));
      sent.destroy();
    };
    const abort = (): void => fail('aborted');
    const timer = clock.setTimer(deadlineMs, () => fail('too-slow'));
    signal?.addEventListener('abort', abort, { once: true });
    sent.on('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true)));
    sent.on('error', (error) => fail(connected ? 'broken-off' : 'unreachable', error));
    sent.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) fail('too-large');
        else chunks.push(chunk);
      });
      response.on('error', (error) => fail('broken-off', error));
      response.on('end', () => {
        over();
        if (!response.complete) return reject(new ExchangeFailure('broken-off'));
        const received = Object.entries(response.headers).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)]],
        );
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(received) as Record<string, string>,
          body: Buffer.concat(chunks),
        });
      });
    });
    if (signal?.aborted) abort();
    else sent.end(body);
  });
}
