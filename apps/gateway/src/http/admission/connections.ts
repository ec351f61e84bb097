import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressSubject, type Clock, type Logger } from '@datakeep/kernel';

/** A peer that has read nothing of its answer for this long is disconnected, ms. */
export const unreadMs = 30_000;
const tickMs = 1000;
/** A limit that is met is logged no more often, ms. */
const warnEveryMs = 60_000;

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
}

interface Connection {
  readonly address: string;
  /** Requests under way. */
  readonly pending: Set<IncomingMessage>;
  /** What the socket had been given when its peer last took something, and since when it takes nothing. */
  written: number;
  stalledSince: number | undefined;
}

/** The connections of one address. Those without a request under way are `idle`, the longest idle first. */
interface Origin {
  count: number;
  readonly idle: Set<Socket>;
}

/**
 * Bounds what connections pile up. Where an address, or all together, have as many as they may, a new connection takes
 * the place of the one that has been idle longest: of the same address, or of the address that has most. A peer that
 * sends nothing costs a place and no more. Where none is idle the new one is closed.
 *
 * A peer that takes nothing of its answer for 30 s is dropped, whatever the answer is: a page, a stream, a file.
 */
export class Connections {
  readonly #connections = new Map<Socket, Connection>();
  readonly #origins = new Map<string, Origin>();
  #watching = false;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#add(socket));
  }

  began(request: IncomingMessage): void {
    const connection = this.#connections.get(request.socket);
    if (!connection) return;
    connection.pending.add(request);
    this.#origins.get(connection.address)?.idle.delete(request.socket);
    if (!this.#watching) this.#lookLater();
  }

  /** Again for the same request changes nothing. */
  ended(request: IncomingMessage): void {
    const connection = this.#connections.get(request.socket);
    if (connection?.pending.delete(request) && connection.pending.size === 0)
      this.#origins.get(connection.address)?.idle.add(request.socket);
  }

  #add(socket: Socket): void {
    const address = addressSubject(socket.remoteAddress ?? '');
    if (!this.#makeRoom(address)) {
      socket.destroy();
      return;
    }
    const origin = this.#origins.get(address) ?? { count: 0, idle: new Set() };
    this.#origins.set(address, origin);
    origin.count += 1;
    origin.idle.add(socket);
    this.#connections.set(socket, { address, pending: new Set(), written: 0, stalledSince: undefined });
    socket.once('close', () => this.#remove(socket));
  }

  #remove(socket: Socket): void {
    const address = this.#connections.get(socket)?.address;
    const origin = address === undefined ? undefined : this.#origins.get(address);
    if (address === undefined || !origin) return;
    this.#connections.delete(socket);
    origin.idle.delete(socket);
    origin.count -= 1;
    if (origin.count === 0) this.#origins.delete(address);
  }

  #makeRoom(address: string): boolean {
    const origin = this.#origins.get(address);
    if (origin && origin.count >= this.limits.perAddress) {
      this.#warn('an address has as many connections as it may', address);
      return this.#closeIdle(origin);
    }
    if (this.#connections.size < this.limits.total) return true;
    this.#warn('there are as many connections as there may be', address);
    const largest = [...this.#origins.values()].filter(({ idle }) => idle.size > 0);
    return this.#closeIdle(largest.reduce<Origin | undefined>((a, b) => (a && a.count >= b.count ? a : b), undefined));
  }

  #closeIdle(origin: Origin | undefined): boolean {
    const [longest] = origin?.idle ?? [];
    if (!longest) return false;
    // At once: its `close` comes later, and a burst of connections would find the place taken.
    this.#remove(longest);
    longest.destroy();
    return true;
  }

  #tick(): void {
    this.#watching = false;
    const now = this.clock.monotonic();
    let busy = false;
    for (const [socket, connection] of this.#connections) {
      if (connection.pending.size === 0) continue;
      busy = true;
      if (this.#isStalled(socket, connection, now)) {
        this.logger.warn('a connection was dropped: its peer takes nothing of the answer', {
          address: connection.address,
        });
        socket.destroy();
      }
    }
    if (busy) this.#lookLater();
  }

  #lookLater(): void {
    this.#watching = true;
    this.clock.setTimer(tickMs, () => this.#tick());
  }

  #isStalled(socket: Socket, connection: Connection, now: number): boolean {
    if (socket.writableLength === 0) {
      connection.stalledSince = undefined;
      return false;
    }
    // Whatever sends waits for the socket to drain, so a peer that takes something is given more.
    if (connection.stalledSince === undefined || socket.bytesWritten !== connection.written) {
      connection.written = socket.bytesWritten;
      connection.stalledSince = now;
    }
    return now - connection.stalledSince >= unreadMs;
  }

  #warn(message: string, address: string): void {
    const now = this.clock.monotonic();
    if (now - this.#warnedAt < warnEveryMs) return;
    this.#warnedAt = now;
    this.logger.warn(message, { address });
  }
}
