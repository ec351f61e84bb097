import type { Server as NetServer, Socket } from 'node:net';
import { ServerTCP, type TcpSocket } from '@nestjs/microservices';
import { type Clock, type Logger, within } from '@datakeep/kernel';
import { ServerSocket } from '../wire/service-socket.ts';
import { type ServiceTls, tlsVersions } from '../wire/service-tls.ts';
import type { LoadShedder } from './load-shedder.ts';

export interface RpcServerOptions {
  readonly host: string;
  /** 0 takes a free one; see `listeningPort`. */
  readonly port: number;
  /** SERVICE_TLS_*; absent: plain TCP. */
  readonly tls?: ServiceTls | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

const maxConnections = 1000;
/** In which a new connection must have shown the secret, ms. */
const helloMs = 10_000;
/** In which answers must have gone out at the end, ms. */
const flushMs = 2000;
/**
 * In which callers that send are refused, and go elsewhere; a connection that just closed would leave them in doubt.
 */
const lingerMs = 150;

/**
 * Nest's TCP server, bounded: what is no request closes its connection and nothing else, and what was accepted is
 * finished at the end.
 */
export class RpcServer extends ServerTCP {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #gate: LoadShedder;

  constructor({ host, port, tls, clock, logger }: RpcServerOptions, gate: LoadShedder) {
    super({
      host,
      port,
      socketClass: ServerSocket,
      ...(tls ? { tlsOptions: { ...tls, ...tlsVersions, handshakeTimeout: helloMs } } : {}),
    });
    this.#clock = clock;
    this.#logger = logger;
    this.#gate = gate;
    this.unwrap<NetServer>().maxConnections = maxConnections;
  }

  /** The port that it listens on. */
  get listeningPort(): number {
    const address = this.unwrap<NetServer>().address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  override bindHandler(socket: Socket): void {
    const { remoteAddress: address } = socket;
    this.trackOpenSocket(socket);
    const connection = this.getSocketInstance(socket) as ServerSocket;
    const timer = this.#clock.setTimer(helloMs, () => {
      if (!connection.trusted) socket.destroy(new Error('the service secret was not shown in time'));
    });
    socket.once('close', () => timer.cancel());
    socket.on('error', ({ message: reason }) => this.#logger.warn('a connection was closed', { address, reason }));
    connection.on('message', (message: unknown) => {
      this.handleMessage(connection, message).catch((error: Error) => socket.destroy(error));
    });
  }

  override async handleMessage(socket: TcpSocket, message: unknown): Promise<unknown> {
    const { trusted, delay, messageLength, netSocket } = socket as ServerSocket;
    const { id, pattern, data } = message as { id?: unknown; pattern?: unknown; data?: Record<string, unknown> };
    // Without an id it would be an event, which is not answered; and Nest takes any JSON as a pattern.
    const isRequest =
      typeof id === 'string' && typeof pattern === 'string' && typeof data === 'object' && data !== null;
    const known = isRequest && this.messageHandlers.has(pattern);
    if (!isRequest || !(known || trusted)) return netSocket.destroy(new Error('a message that is no request'));
    if (!known) {
      const about = { requestId: String(data['requestId']).slice(0, 128), route: pattern.slice(0, 128) };
      this.#logger.warn('a message of an unknown pattern was refused', about);
    }
    data['delayedMs'] = delay.measure(Number(data['sentAt']), this.#clock.monotonic());
    data['length'] = messageLength;
    return super.handleMessage(socket, message);
  }

  /** Nest's tries to parse each pattern as JSON, and the error of those that are none takes 10 µs. */
  protected override getRouteFromPattern(pattern: string): string {
    return pattern;
  }

  /** Takes no more, finishes what was accepted, and sends its answers. */
  override async close(): Promise<void> {
    const server = this.unwrap<NetServer>();
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    const drained = this.#gate.drain();
    if (this.openSockets.size > 0) await new Promise<void>((go) => void this.#clock.setTimer(lingerMs, go));
    await drained;
    // The answers of what was just finished are written in the next ticks.
    await new Promise((resolve) => setImmediate(resolve));
    for (const socket of this.openSockets) socket.end();
    await within(this.#clock, flushMs, closed);
    this.closeOpenSockets();
  }
}
