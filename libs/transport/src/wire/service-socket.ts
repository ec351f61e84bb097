import type { Socket } from 'node:net';
import { JsonSocket } from '@nestjs/microservices';
import { maxAnswerBytes, maxFirstMessageBytes, maxRequestBytes, maxUnreadBytes } from './limits.ts';
import { parseMessage, printMessage } from './message-text.ts';
import { TransitDelay } from './transit-delay.ts';

/** Short texts in JSON have their quotation marks and backslashes escaped; 1 MiB is for the messages behind it. */
const bufferFor = (text: number): number => 2 * text + 1024 * 1024;

/**
 * Nest's socket with large texts beside the JSON. It reads on while the other side does not read: two sides that pause
 * for each other, as Nest's do, would wait for ever. What waits to be read is bounded by the gate and by
 * `maxUnreadBytes`. What is no message destroys its connection, since Nest's own would wait for the peer to end it.
 */
abstract class ServiceSocket extends JsonSocket {
  constructor(socket: Socket, maxText: number) {
    super(socket, { maxBufferSize: bufferFor(maxText) });
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
    // The larger answers of a few calls wait at once; the gate refuses new ones before that.
    if (this.netSocket.writableLength > 2 * maxUnreadBytes) this.handleDataError('too much waits to be read');
  }

  protected override emitMessage(data: string): void {
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

/** A client's side. */
export class ClientSocket extends ServiceSocket {
  constructor(socket: Socket) {
    super(socket, maxAnswerBytes);
  }

  protected override handleSend(message: unknown): void {
    if (!this.netSocket.writable) throw new NotSentError('the connection is closed');
    super.handleSend(message);
  }
}
