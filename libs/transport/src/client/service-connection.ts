import { randomUUID } from 'node:crypto';
import { ClientTCP } from '@nestjs/microservices';
import { type Clock, currentTraceparent, type Logger } from '@datakeep/kernel';
import { helloPattern, type RequestEnvelope, wireVersion } from '../wire/envelope.ts';
import { fromWireError } from '../wire/rpc-errors.ts';
import { ClientSocket, NotSentError } from '../wire/service-socket.ts';
import { type ServiceTls, tlsVersions } from '../wire/service-tls.ts';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionOptions {
  /** SERVICE_SECRET; needed beyond loopback. */
  readonly secret: string | undefined;
  /** SERVICE_TLS_*; absent: plain TCP. */
  readonly tls?: ServiceTls | undefined;
  /** How long a server may take to accept a connection, ms. Default 1,000. */
  readonly connectTimeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What became of a request: the service's result, or one of the shapes of an error that `fromWireError` reads; or no
 * answer, where `sent` says whether the service can have seen it.
 */
export type Outcome =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'none'; readonly sent: boolean; readonly reason: string };

/** For how long a server that was out of reach gets no calls, ms. */
const restMs = 250;

/**
 * Nest's TCP client of one server of a service. It connects at the first call, and again at the first after the
 * connection was lost.
 */
export class ServiceConnection extends ClientTCP {
  readonly #options: ConnectionOptions;
  readonly #where: { readonly service: string; readonly address: string };
  #opened: Promise<boolean> | undefined;
  /** Out of reach when it was last tried. */
  #away = false;
  #retryAt = -Infinity;

  constructor(service: string, address: ServerAddress, options: ConnectionOptions) {
    const { tls } = options;
    super({ ...address, socketClass: ClientSocket, ...(tls ? { tlsOptions: { ...tls, ...tlsVersions } } : {}) });
    this.#options = options;
    this.#where = { service, address: `${address.host}:${address.port}` };
  }

  /** It was out of reach a moment ago: calls fail at once instead of each waiting to see it for itself. */
  get resting(): boolean {
    return this.#options.clock.monotonic() < this.#retryAt;
  }

  rest(ms: number): void {
    this.#retryAt = this.#options.clock.monotonic() + ms;
  }

  /** Whether there is a service that takes the secret. */
  open(): Promise<boolean> {
    return (this.#opened ??= this.#open());
  }

  /** Sends one request on an open connection, and waits at most `budgetMs`. */
  request(pattern: string, args: unknown[], requestId: string, budgetMs: number): Promise<Outcome> {
    const { secret, clock } = this.#options;
    const sentAt = clock.monotonic();
    const traceparent = currentTraceparent();
    const own = { version: wireVersion, secret, requestId, traceparent, sentAt, budgetMs };
    const data: RequestEnvelope = { ...own, args: { ...args } };
    const heard = this.socket?.netSocket.bytesRead;
    return new Promise((resolve) => {
      let forget = (): void => {};
      const timer = clock.setTimer(budgetMs, () => {
        forget();
        resolve({ kind: 'none', sent: true, reason: 'did not answer in time' });
        // Nothing came since: the other machine may be gone, and TCP alone would take minutes to see it.
        if (this.socket?.netSocket.bytesRead === heard) this.#abandon('no answer');
      });
      forget = this.publish({ pattern, data }, ({ err, response }) => {
        timer.cancel();
        forget();
        resolve(err === undefined || err === null ? { kind: 'result', result: response } : outcomeOf(err));
      });
    });
  }

  override handleClose(): void {
    this.#opened = undefined;
    super.handleClose();
  }

  override handleError(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.debug('connection error', { ...this.#where, reason });
  }

  async #open(): Promise<boolean> {
    const { connectTimeoutMs = 1000, clock, logger } = this.#options;
    const timer = clock.setTimer(connectTimeoutMs, () => this.#abandon('does not accept connections'));
    try {
      await this.connect();
      const outcome = await this.request(helloPattern, [], randomUUID(), connectTimeoutMs);
      if (outcome.kind === 'none') throw new Error(outcome.reason);
      if (outcome.kind === 'error') throw fromWireError(outcome.error);
      if (this.#away) logger.info('a service is back', this.#where);
      this.#away = false;
      return true;
    } catch (error) {
      this.#abandon('refused');
      this.#opened = undefined;
      const reason = (error as Error).message;
      if (!this.#away) logger.warn('a service is out of reach', { ...this.#where, reason });
      this.#away = true;
      this.rest(restMs);
      return false;
    } finally {
      timer.cancel();
    }
  }

  /**
   * What is half connected, or silent, is closed, so that the next call starts anew. Nest's client waits for a
   * connection or an error.
   */
  #abandon(reason: string): void {
    this.socket?.netSocket.destroy(new Error(reason));
  }
}

/**
 * Nest's publish gives what the service answered, `Error('Connection closed')`, or what the socket threw. Only the
 * first is no `Error`.
 */
function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Error)) return { kind: 'error', error };
  const sent = !(error instanceof NotSentError || error instanceof TypeError);
  return { kind: 'none', sent, reason: sent ? 'closed the connection' : 'is out of reach' };
}
