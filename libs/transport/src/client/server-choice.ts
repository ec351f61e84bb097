import { type ConnectionOptions, RequestFailure, RpcConnection } from './rpc-connection.ts';

const firstBackoffMs = 50;
const longestBackoffMs = 1000;

/** One server of a service, and when it may be tried again. */
export class Server {
  readonly connection: RpcConnection;
  readonly #address: string;
  #backoffMs = 0;
  #retryAt = -Infinity;

  constructor(private readonly options: ConnectionOptions) {
    this.connection = new RpcConnection(options);
    this.#address = `${options.address.host}:${options.address.port}`;
  }

  /** It was out of reach a moment ago: calls fail at once instead of each waiting to see it for itself. */
  get resting(): boolean {
    return this.options.clock.monotonic() < this.#retryAt;
  }

  /** Resolves when it can be sent to. */
  async open(): Promise<void> {
    const { clock, logger, service } = this.options;
    try {
      await this.connection.open();
    } catch (error) {
      const first = this.#backoffMs === 0;
      if (!this.resting) {
        this.#backoffMs = first ? firstBackoffMs : Math.min(this.#backoffMs * 2, longestBackoffMs);
        this.#retryAt = clock.monotonic() + this.#backoffMs;
      }
      if (first)
        logger.warn('a service is out of reach', {
          service,
          address: this.#address,
          reason: (error as RequestFailure).reason,
        });
      throw error;
    }
    if (this.#backoffMs > 0) logger.info('a service is back', { service, address: this.#address });
    this.#backoffMs = 0;
    this.#retryAt = -Infinity;
  }
}

/** The servers of one service, each call beginning with the next one. */
export class ServerChoice {
  #turn = 0;

  constructor(readonly servers: readonly Server[]) {}

  /** Every server that may be tried now, in the order of this call's turn. */
  candidates(): Server[] {
    const start = (this.#turn = (this.#turn + 1) % this.servers.length);
    return this.servers
      .slice(start)
      .concat(this.servers.slice(0, start))
      .filter((server) => !server.resting);
  }

  close(): void {
    for (const { connection } of this.servers) connection.close();
  }
}
