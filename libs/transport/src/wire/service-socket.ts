import type { Socket } from 'node:net';
import { JsonSocket } from '@nestjs/microservices';
import { maxAnswerBytes, maxFirstMessageBytes, maxRequestBytes, maxUnreadBytes } from './limits.ts';
import { TransitDelay } from './transit-delay.ts';

/** JSON text in a JSON string has its quotation marks and backslashes escaped; 1 MiB is for the messages behind it. */
const bufferFor = (text: number): number => 2 * text + 1024 * 1024;

/**
 * Nest's socket: what is no message of Nest's destroys its connection, since Nest's own would wait for the peer to end
 * it.
 */
abstract class ServiceSocket extends JsonSocket {
  constructor(socket: Socket, maxText: number) {
    // The larger answers of a few calls wait at once; the gate refuses new ones before that.
    super(socket, { maxBufferSize: bufferFor(maxText), maxSendBufferSize: 2 * maxUnreadBytes });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
  }

  protected override handleSend(message: unknown, callback?: (error?: unknown) => void): void {
    this.gather();
    super.handleSend(message, callback);
  }

  /** What is sent in one poll of the event loop goes out in one system call, which wakes the other side once. */
  protected gather(): void {
    if (this.netSocket.writableCorked > 0) return;
    this.netSocket.cork();
    setImmediate(() => this.netSocket.uncork());
  }

  protected override handleDataError(error: unknown): void {
    this.netSocket.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** A server's side of a connection: bounded before the secret was shown, and measured. */
export class ServerSocket extends ServiceSocket {
  /** The other side has shown the service secret. */
  trusted = false;
  /** UTF-16 units of the last message. */
  messageLength = 0;
  readonly delay = new TransitDelay();

  constructor(socket: Socket) {
    super(socket, maxRequestBytes);
  }

  protected override handleData(data: Buffer | string): void {
    if (!this.trusted && this.netSocket.bytesRead > maxFirstMessageBytes)
      throw new Error(`more than ${maxFirstMessageBytes} bytes before the service secret`);
    super.handleData(data);
  }

  protected override emitMessage(data: string): void {
    this.messageLength = data.length;
    super.emitMessage(data);
  }
}

/** Nothing was sent. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/**
 * A client's side. It reads on while the server does not read: two sides that pause for each other, as Nest's do, would
 * wait for ever. What it holds is bounded by the calls in flight.
 */
export class ClientSocket extends ServiceSocket {
  constructor(socket: Socket) {
    super(socket, maxAnswerBytes);
  }

  protected override handleSend(message: unknown): void {
    if (!this.netSocket.writable) throw new NotSentError('the connection is closed');
    const text = JSON.stringify(message);
    this.gather();
    this.netSocket.write(`${text.length}#${text}`);
  }
}
