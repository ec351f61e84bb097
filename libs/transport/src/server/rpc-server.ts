import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { ServerTCP, type TcpSocket } from '@nestjs/microservices';
import { type Admission, type Clock, DatakeepError, type Logger, ServiceSecret, within } from '@datakeep/kernel';
import { helloPattern, type ReceivedEnvelope, wireVersion } from '../wire/envelope.ts';
import { ServerSocket, type ServiceTls, tlsVersions } from '../wire/service-socket.ts';

export interface RpcServerOptions {
  readonly host: string;
  /** 0 takes a free one; see `listeningPort`. */
  readonly port: number;
  /** SERVICE_SECRET; needed beyond loopback. */
  readonly secret: string | undefined;
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
/** In which callers are refused, and go elsewhere: a connection that just closed would leave them in doubt, ms. */
const lingerMs = 150;

/**
 * Nest's TCP server, bounded and guarded: handlers see messages with the service secret alone, what is no request
 * closes its connection and nothing else, and what was accepted is finished at the end.
 */
export class RpcServer extends ServerTCP {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #secret: ServiceSecret;
  readonly #admission: Admission;

  constructor({ host, port, secret, tls, clock, logger }: RpcServerOptions, admission: Admission) {
    const tlsOptions = tls && { ...tls, ...tlsVersions, handshakeTimeout: helloMs };
    super({ host, port, socketClass: ServerSocket, ...(tlsOptions && { tlsOptions }) });
    this.#clock = clock;
    this.#logger = logger;
    this.#secret = new ServiceSecret(secret);
    this.#admission = admission;
    this.unwrap<NetServer>().maxConnections = maxConnections;
  }

  /** The port that it listens on. */
  get listeningPort(): number {
    return (this.unwrap<NetServer>().address() as AddressInfo | null)?.port ?? 0;
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
    const connection = socket as ServerSocket;
    if (!isRequest(message)) throw new Error('a message that is no request');
    const { id, pattern, data } = message;
    const isKnown = pattern === helloPattern || this.messageHandlers.has(pattern);
    if (!isKnown && !connection.trusted) throw new Error('an unknown pattern before the service secret');
    const length = connection.messageLength;
    const refusal = this.#refusal(connection, data);
    if (refusal) return connection.sendMessage({ id, err: refusal.toJSON(), isDisposed: true });
    connection.trusted = true;
    const delayedMs = connection.delay.measure(data.sentAt, this.#clock.monotonic());
    if (pattern === helloPattern) return connection.sendMessage({ id, response: true, isDisposed: true });
    if (!isKnown) {
      const about = { requestId: String(data.requestId).slice(0, 128), route: pattern.slice(0, 128) };
      this.#logger.warn('a message of an unknown pattern was refused', about);
    }
    return super.handleMessage(socket, { ...message, data: { ...data, delayedMs, length } });
  }

  /** What a message is answered that may not be handled. Without the secret, its connection is closed as well. */
  #refusal({ netSocket }: ServerSocket, { secret, version, requestId }: ReceivedEnvelope): DatakeepError | undefined {
    if (!this.#secret.matches(secret)) {
      const about = { requestId: String(requestId).slice(0, 128), address: netSocket.remoteAddress };
      this.#logger.warn('a message without the service secret was refused', about);
      // The answer is written in this turn of the event loop.
      setImmediate(() => netSocket.destroySoon());
      return new DatakeepError('unauthenticated', 'refuses the service secret: SERVICE_SECRET differs or is missing');
    }
    const spoken = `speaks version ${wireVersion} of the wire; all services must be of one release`;
    return version === wireVersion ? undefined : new DatakeepError('bad-request', spoken);
  }

  /** Takes no more, finishes what was accepted, and sends its answers. */
  override async close(): Promise<void> {
    const server = this.unwrap<NetServer>();
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    const drained = this.#admission.close();
    if (this.openSockets.size > 0) await new Promise<void>((go) => void this.#clock.setTimer(lingerMs, go));
    await drained;
    // The answers of what was just finished are written in the next ticks.
    await new Promise((resolve) => setImmediate(resolve));
    for (const socket of this.openSockets) socket.end();
    await within(this.#clock, flushMs, closed);
    this.closeOpenSockets();
  }
}

/** A Nest request packet: without an id it would be an event, and Nest takes any JSON as a pattern. */
function isRequest(message: unknown): message is { id: string; pattern: string; data: ReceivedEnvelope } {
  const { id, pattern, data } = message as Partial<Record<string, unknown>>;
  return typeof id === 'string' && typeof pattern === 'string' && typeof data === 'object' && data !== null;
}
