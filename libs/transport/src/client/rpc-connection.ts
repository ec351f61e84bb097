import { Socket } from 'node:net';
import { ClientTCP, type TcpSocket } from '@nestjs/microservices';
import { type Clock, DatakeepError, type Logger } from '@datakeep/kernel';
import type { WireBody } from '../wire/codec.ts';
import { FrameSocket, frameSocketClass, NotSentError } from '../wire/frame-socket.ts';
import { maxAnswerBytes } from '../wire/limits.ts';
import { goodbyeId, helloPattern, type RequestEnvelope, wireVersion } from '../wire/messages.ts';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionOptions {
  readonly address: ServerAddress;
  readonly service: string;
  readonly secret: string | undefined;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How a request ended other than with an answer. `sent` says whether the service can have seen it. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  readonly sent: boolean;
  readonly reason: string;

  constructor(sent: boolean, reason: string, cause?: unknown) {
    super(reason, { cause });
    this.sent = sent;
    this.reason = reason;
  }
}

/** What a service answered with in place of a result: one of the three shapes that `fromWireError` reads. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  constructor(readonly shape: unknown) {
    super('the service answered with an error');
  }
}

/** Answers are read into so much at once, bytes: more than two pages of 100 events. */
const readBytes = 128 * 1024;

const noTimeLeft = 'did not answer in time';

/** One connection to one server of a service: Nest's TCP client over text frames. It is opened by the first call, and again by the first after it was lost. */
export class RpcConnection extends ClientTCP {
  readonly #options: ConnectionOptions;
  #opening: Promise<void> | undefined;
  #open = false;
  /** The server said that it is about to end: what was sent is answered, nothing more is sent. */
  #leaving = false;

  constructor(options: ConnectionOptions) {
    super({
      ...options.address,
      socketClass: frameSocketClass({
        clock: options.clock,
        maxFrameBytes: maxAnswerBytes,
        maxFirstFrameBytes: maxAnswerBytes,
        pauseWhenFull: false,
      }),
    });
    this.#options = options;
  }

  /** Connects, and shows the secret. Rejects with `RequestFailure` when there is no service there that takes it. */
  open(): Promise<void> {
    if (this.#leaving) return Promise.reject(new RequestFailure(false, 'is about to end'));
    if (this.#open) return Promise.resolve();
    this.#opening ??= this.#connect().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  /** Sends one request, `promptly` or with what else goes out in this poll of the event loop, and waits at most `budgetMs`. Rejects with `RequestFailure`, or with the `RemoteError` that the service answered. */
  request(pattern: string, body: WireBody, requestId: string, budgetMs: number, promptly = false): Promise<WireBody> {
    const { secret, clock } = this.#options;
    const envelope: RequestEnvelope = {
      ...(secret === undefined ? {} : { secret }),
      requestId,
      sentAt: clock.monotonic(),
      budgetMs,
      ...body,
    };
    return new Promise((resolve, reject) => {
      let forget = (): void => {};
      const timer = clock.setTimer(budgetMs, () => {
        forget();
        reject(new RequestFailure(true, noTimeLeft));
        // Not a word since then: the other machine may be gone, and TCP alone would take minutes to see it.
        if (this.socket !== null && (this.socket as FrameSocket).heardAt <= envelope.sentAt) this.#abandon();
      });
      forget = this.publish({ pattern, data: envelope }, ({ err, response }) => {
        timer.cancel();
        forget();
        if (err === undefined || err === null) resolve(response as WireBody);
        else reject(asFailure(err as unknown));
      });
      if (promptly) (this.socket as FrameSocket | null)?.flush();
    });
  }

  /** Reads into one buffer; Node's own way makes one of 64 KiB for each read, and a page that lies in two of them is copied together. */
  override createSocket(): TcpSocket {
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    // Nest's sockets listen for 'data'.
    const callback = (length: number): boolean => socket.emit('data', buffer.subarray(0, length));
    const socket: Socket = new Socket({ onread: { buffer, callback } });
    return new this.socketClass(socket);
  }

  /** Not Nest's own, which would read the message some turns of the queue later. */
  override handleResponse(message: unknown): Promise<void> {
    const { id, err, response } = message as { id: string; err?: unknown; response?: unknown };
    if (id === goodbyeId) this.#leaving = true;
    else this.routingMap.get(id)?.({ err, response, isDisposed: true });
    return Promise.resolve();
  }

  override handleClose(): void {
    this.#open = false;
    this.#leaving = false;
    super.handleClose();
  }

  override handleError(error: unknown): void {
    const { service, address, logger } = this.#options;
    logger.debug('connection error', {
      service,
      address: `${address.host}:${address.port}`,
      reason: error instanceof Error ? error.message : String(error),
    });
  }

  async #connect(): Promise<void> {
    const { connectTimeoutMs, clock } = this.#options;
    const started = clock.monotonic();
    let late = (): void => {};
    const timeout = new Promise<never>((_resolve, reject) => {
      late = () => reject(new RequestFailure(false, 'does not accept connections'));
    });
    const timer = clock.setTimer(connectTimeoutMs, late);
    try {
      await Promise.race([this.connect(), timeout]);
      const { netSocket } = this.socket as FrameSocket;
      netSocket.setNoDelay(true);
      netSocket.setKeepAlive(true, 30_000);
      await this.request(
        helloPattern,
        { head: { version: wireVersion } },
        this.#socketId,
        Math.max(1, connectTimeoutMs - (clock.monotonic() - started)),
      );
      this.#open = true;
    } catch (cause) {
      this.#abandon();
      const refused = cause instanceof RemoteError ? DatakeepError.from(cause.shape)?.message : undefined;
      throw new RequestFailure(
        false,
        refused ?? (cause instanceof RequestFailure ? cause.reason : 'is out of reach'),
        cause,
      );
    } finally {
      timer.cancel();
    }
  }

  get #socketId(): string {
    return (this.socket as FrameSocket).id;
  }

  /** What half connected is let go of, so that the next try starts anew. */
  #abandon(): void {
    this.socket?.netSocket.destroy();
    this.handleClose();
  }
}

/** Nest's publish hands over what the service answered, `Error('Connection closed')`, or what the socket threw. Only the first has a shape of its own. */
function asFailure(error: unknown): Error {
  if (error instanceof NotSentError || error instanceof TypeError)
    return new RequestFailure(false, 'is out of reach', error);
  if (error instanceof Error) return new RequestFailure(true, 'closed the connection', error);
  return new RemoteError(error);
}
