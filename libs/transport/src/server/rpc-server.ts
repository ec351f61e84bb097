import type { Server as NetServer, Socket } from 'node:net';
import { ServerTCP, TcpContext, type TcpSocket } from '@nestjs/microservices';
import type { Clock, Logger } from '@datakeep/kernel';
import { isObservable } from 'rxjs';
import { FrameSocket, frameSocketClass } from '../wire/frame-socket.ts';
import { maxFirstFrameBytes, maxRequestBytes } from '../wire/limits.ts';
import { goodbyeId } from '../wire/messages.ts';
import type { ServiceGate } from './service-gate.ts';

export interface RpcServerOptions {
  readonly host: string;
  /** 0 takes a free one; see `address`. */
  readonly port: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const maxConnections = 1000;
/** In which a new connection must have shown the secret, ms. */
const helloMs = 10_000;
/** In which answers must have gone out at the end, ms. */
const flushMs = 2000;
/** In which the callers have heard the goodbye, and what they sent before has come and is refused; a connection that just closed would leave them in doubt. */
const lingerMs = 150;

/** Nest's TCP server over text frames: what is no request of this protocol closes its connection and nothing else. */
export class RpcServer extends ServerTCP {
  /** Throws when a handler is open to everybody. Set by the module. */
  assertGuarded: (() => void) | undefined;
  readonly #options: RpcServerOptions;
  readonly #gate: ServiceGate;
  readonly #frames = new Set<FrameSocket>();

  constructor(options: RpcServerOptions, gate: ServiceGate) {
    super({
      host: options.host,
      port: options.port,
      socketClass: frameSocketClass({
        clock: options.clock,
        maxFrameBytes: maxRequestBytes,
        maxFirstFrameBytes,
        pauseWhenFull: true,
      }),
    });
    this.#options = options;
    this.#gate = gate;
    this.unwrap<NetServer>().maxConnections = maxConnections;
  }

  /** The port that it listens on. */
  get listeningPort(): number {
    const address = this.unwrap<NetServer>().address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  override listen(callback: (error?: unknown, ...rest: unknown[]) => void): void {
    try {
      if (!this.assertGuarded)
        throw new Error('The RPC server was not wired: import the module that rpcService() gave.');
      this.assertGuarded();
    } catch (error) {
      callback(error);
      return;
    }
    const server = this.unwrap<NetServer>();
    server.once('error', callback);
    server.listen(this.port, this.host, () => {
      server.off('error', callback);
      callback();
    });
  }

  override bindHandler(socket: Socket): void {
    const { clock, logger } = this.#options;
    this.trackOpenSocket(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    const frames = this.getSocketInstance(socket) as FrameSocket;
    const { remoteAddress } = socket;
    const timer = clock.setTimer(helloMs, () => {
      if (!frames.trusted) socket.destroy();
    });
    this.#frames.add(frames);
    socket.once('close', () => {
      timer.cancel();
      this.#frames.delete(frames);
    });
    // What a socket throws is a FrameError (no frame of ours) or the network's.
    frames.on('error', (error: Error) =>
      logger.warn('a connection was closed', { requestId: frames.id, address: remoteAddress, reason: error.message }),
    );
    frames.on('message', (message: unknown) => {
      this.handleMessage(frames, message).catch((error: unknown) => {
        logger.error('a message could not be answered', { requestId: frames.id, address: remoteAddress }, error);
        socket.destroy();
      });
    });
  }

  override async handleMessage(socket: TcpSocket, message: unknown): Promise<unknown> {
    const { id, pattern, data } = message as { id?: unknown; pattern?: unknown; data?: unknown };
    const frames = socket as FrameSocket;
    // Without an id it would be an event, which nobody answers; and Nest takes any JSON as a pattern.
    if (
      typeof id !== 'string' ||
      typeof pattern !== 'string' ||
      typeof data !== 'object' ||
      data === null ||
      Array.isArray(data)
    ) {
      return this.#refuse(frames, 'a message that is no request');
    }
    const handler = this.getHandlerByPattern(pattern);
    if (handler === null) {
      if (!frames.trusted) return this.#refuse(frames, 'an unknown pattern before the secret');
      const { requestId } = data as { requestId?: unknown };
      this.#options.logger.warn('a message of an unknown pattern was refused', {
        requestId: typeof requestId === 'string' ? requestId.slice(0, 128) : frames.id,
        address: socket.netSocket.remoteAddress,
        route: pattern.slice(0, 128),
      });
      return super.handleMessage(socket, message);
    }
    // Nest's own makes a stream of each answer, and sends it some turns of the queue later. Here only an error is a stream, made by the filters.
    const answer: unknown = await handler(data, new TcpContext([socket, pattern]));
    if (isObservable(answer)) return this.send(answer, (packet) => frames.sendMessage({ ...packet, id }));
    return frames.sendMessage({ response: answer, isDisposed: true, id });
  }

  /** Every pattern here is a plain string; Nest's own tries each as JSON first, which throws. */
  override getHandlerByPattern(pattern: string) {
    return this.messageHandlers.get(pattern) ?? null;
  }

  override handleError(error: unknown): void {
    this.#options.logger.error('the RPC server failed', {}, error);
  }

  /** Tells its callers, takes no more, finishes what was accepted, and sends its answers. */
  override async close(): Promise<void> {
    this.isManuallyTerminated = true;
    const server = this.unwrap<NetServer>();
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    const drained = this.#gate.drain();
    const told = [...this.#frames].filter((frames) => frames.trusted && frames.netSocket.writable);
    for (const frames of told) frames.sendMessage({ id: goodbyeId, response: {} });
    if (told.length > 0) await new Promise<void>((resolve) => void this.#options.clock.setTimer(lingerMs, resolve));
    await drained;
    // The answers of what was just finished are written in the next ticks.
    await new Promise((resolve) => setImmediate(resolve));
    for (const socket of this.openSockets) socket.end();
    const timer = this.#options.clock.setTimer(flushMs, () => this.closeOpenSockets());
    await closed;
    timer.cancel();
  }

  #refuse(socket: FrameSocket, reason: string): void {
    this.#options.logger.warn('a message was refused', {
      requestId: socket.id,
      address: socket.netSocket.remoteAddress,
      reason,
    });
    socket.netSocket.destroy();
  }
}
