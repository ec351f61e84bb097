import type { Socket } from 'node:net';
import { JsonSocket } from '@nestjs/microservices';
import { maxAnswerBytes, maxFirstMessageBytes, maxRequestBytes, maxUnreadBytes } from './envelope.ts';
import { parseMessage, printMessage } from './message-text.ts';

/** PEM texts, as `tlsOptions` of Nest's client and server. Without `ca`, the authorities that Node knows count. */
export type ServiceTls = Readonly<Partial<Record<'cert' | 'key' | 'ca', string>>>;

/** Both sides are of one release. */
export const tlsVersions = { minVersion: 'TLSv1.3' } as const;

/**
 * Nest's socket with large texts beside the JSON. It reads on while the other side does not read: two sides that pause
 * for each other, as Nest's do, would wait for ever; `maxUnreadBytes` bounds what waits. What is no message destroys
 * its connection, since Nest's own would wait for the peer to end it.
 */
export class ServiceSocket extends JsonSocket {
  /** UTF-16 units of the last message. */
  messageLength = 0;

  constructor(socket: Socket, maxText: number = maxAnswerBytes) {
    // Short texts in JSON have their quotation marks and backslashes escaped; 1 MiB is for the messages behind it.
    super(socket, { maxBufferSize: 2 * maxText + 1024 * 1024 });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
  }

  protected override handleSend(message: unknown): void {
    const text = printMessage(message);
    // What is sent in one poll of the event loop goes out in one system call, which wakes the other side once.
    if (this.netSocket.writableCorked === 0) {
      this.netSocket.cork();
      setImmediate(() => this.netSocket.uncork());
    }
    this.netSocket.write(`${text.length}#${text}`);
    if (this.netSocket.writableLength > maxUnreadBytes) this.handleDataError('too much waits to be read');
  }

  protected override emitMessage(data: string): void {
    this.messageLength = data.length;
    this.netSocket.emit('message', parseMessage(data));
  }

  protected override handleDataError(error: unknown): void {
    this.netSocket.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** A server's side of a connection: bounded before the secret was shown, and measured. */
export class ServerSocket extends ServiceSocket {
  /** The other side has shown the service secret. */
  trusted = false;
  readonly delay = new TransitDelay();

  constructor(socket: Socket) {
    super(socket, maxRequestBytes);
  }

  protected override handleData(data: Buffer | string): void {
    if (!this.trusted && this.netSocket.bytesRead > maxFirstMessageBytes)
      throw new Error(`more than ${maxFirstMessageBytes} bytes before the service secret`);
    super.handleData(data);
  }
}

/**
 * How long messages of one connection lie in buffers before they are read. The clocks of the two processes have
 * different origins, and drift apart by less than a millisecond a second: so much more than before, the least
 * difference counts as no delay, and what exceeds it was waiting.
 */
export class TransitDelay {
  #least = Infinity;
  #measuredAt = 0;

  /** `sentAt` by the sender's monotonic clock, `arrivedAt` by this one's, ms. */
  measure(sentAt: number, arrivedAt: number): number {
    const difference = arrivedAt - sentAt;
    this.#least = Math.min(difference, this.#least + (arrivedAt - this.#measuredAt) / 1000);
    this.#measuredAt = arrivedAt;
    return difference - this.#least;
  }
}
