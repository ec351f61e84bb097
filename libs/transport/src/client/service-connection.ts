import { randomUUID } from 'node:crypto';
import { ClientTCP } from '@nestjs/microservices';
import { type Clock, currentTraceparent, type Logger } from '@datakeep/kernel';
import { helloPattern, type RequestEnvelope, wireVersion } from '../wire/envelope.ts';
import { fromWireError } from '../wire/rpc-errors.ts';
import { ServiceSocket, type ServiceTls, tlsVersions } from '../wire/service-socket.ts';

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

/** No answer came; `sent` says whether the service can have seen the request. */
export class NoAnswer extends Error {
  constructor(
    readonly sent: boolean,
    reason: string,
  ) {
    super(reason);
  }
}

/** For how long a server that was out of reach gets no calls, ms. */
const restMs = 250;

/**
 * A connection on which nothing came for a call's budget of at least that is given up, ms. A server that is busy is
 * silent for shorter, and calls that have more time wait on the same connection.
 */
const silentMs = 5000;

/**
 * Nest's TCP client of one server of a service. It connects at the first call, and again at the first after the
 * connection was lost.
 */
export class ServiceConnection extends ClientTCP {
  readonly #options: ConnectionOptions;
  readonly #where: { readonly service: string; readonly address: string };
  /** Until then calls fail at once instead of each waiting to see for itself that it is out of reach. */
  retryAt = -Infinity;
  #opened: Promise<boolean> | undefined;
  /** Out of reach when it was last tried. */
  #away = false;

  constructor(service: string, address: ServerAddress, options: ConnectionOptions) {
    const { tls } = options;
    super({ ...address, socketClass: ServiceSocket, ...(tls ? { tlsOptions: { ...tls, ...tlsVersions } } : {}) });
    this.#options = options;
    this.#where = { service, address: `${address.host}:${address.port}` };
  }

  /** Whether there is a service that takes the secret. */
  open(): Promise<boolean> {
    return (this.#opened ??= this.#open());
  }

  /** Sends one request on the open connection. Rejects with what the service threw, or with `NoAnswer`. */
  request(pattern: string, args: unknown[], requestId: string, budgetMs: number): Promise<unknown> {
    const { secret, clock } = this.#options;
    const socket = this.socket?.netSocket;
    if (socket?.writable !== true) return Promise.reject(new NoAnswer(false, 'is out of reach'));
    const heard = socket.bytesRead;
    const traceparent = currentTraceparent();
    const own = { version: wireVersion, secret, requestId, traceparent, sentAt: clock.monotonic(), budgetMs };
    const data: RequestEnvelope = { ...own, args: { ...args } };
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = clock.setTimer(budgetMs, () => {
      reject(new NoAnswer(true, 'did not answer in time'));
      // Nothing came since: the other machine may be gone, and TCP alone would take minutes to see it.
      if (budgetMs >= silentMs && socket.bytesRead === heard) socket.destroy(new Error('no answer'));
    });
    const forget = this.publish({ pattern, data }, ({ err, response }) => {
      if (err === undefined || err === null) resolve(response);
      // What a service threw comes as JSON.
      else reject(err instanceof Error ? new NoAnswer(true, 'closed the connection') : fromWireError(err));
    });
    return promise.finally(() => {
      timer.cancel();
      forget();
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
    // Nest's client waits for a connection or an error.
    const abandon = (reason: string): unknown => this.socket?.netSocket.destroy(new Error(reason));
    const timer = clock.setTimer(connectTimeoutMs, () => abandon('does not accept connections'));
    try {
      await this.connect();
      await this.request(helloPattern, [], randomUUID(), connectTimeoutMs);
      if (this.#away) logger.info('a service is back', this.#where);
      this.#away = false;
      return true;
    } catch (error) {
      abandon('refused');
      this.#opened = undefined;
      const reason = (error as Error).message;
      if (!this.#away) logger.warn('a service is out of reach', { ...this.#where, reason });
      this.#away = true;
      this.retryAt = clock.monotonic() + restMs;
      return false;
    } finally {
      timer.cancel();
    }
  }
}
