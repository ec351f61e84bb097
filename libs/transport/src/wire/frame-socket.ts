import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { TcpSocket } from '@nestjs/microservices';
import type { Clock } from '@datakeep/kernel';
import type { WireBody } from './codec.ts';
import { encodeFrame, FrameError, FrameReader, type TextFrame } from './text-frame.ts';
import { TransitDelay } from './transit-delay.ts';

export interface FrameSocketOptions {
  readonly clock: Clock;
  /** Largest frame that is read, bytes. */
  readonly maxFrameBytes: number;
  /** The same until `trust()`. */
  readonly maxFirstFrameBytes: number;
  /** Stop reading while the other side does not read its answers. Only for servers: two sides that both wait would wait for ever. */
  readonly pauseWhenFull: boolean;
}

/** A message that could not be handed to the socket: nothing was sent. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** A Nest socket that speaks text frames (text-frame.ts) instead of `length#json`. */
export abstract class FrameSocket extends TcpSocket {
  /** For the log. */
  readonly id = randomUUID();
  /** When something last came, by this process's monotonic clock, ms. */
  heardAt = -Infinity;
  protected abstract readonly options: FrameSocketOptions;
  #reader: FrameReader | undefined;
  readonly #delay = new TransitDelay();
  #trusted = false;
  #secret: unknown;
  #endAfterSend = false;
  /** What is sent waits for the end of this poll of the event loop. */
  #gathers = false;

  get trusted(): boolean {
    return this.#trusted;
  }

  get bufferedBytes(): number {
    return this.netSocket.writableLength;
  }

  /** The other side knows the service secret, and showed it: from now on frames may be large. */
  trust(secret: unknown): void {
    this.#trusted = true;
    this.#secret = secret;
    if (this.#reader) this.#reader.maxBytes = this.options.maxFrameBytes;
  }

  /** Whether it is trusted for this very secret. Who showed it once learns nothing from how long this takes. */
  isTrustedFor(secret: unknown): boolean {
    return this.#trusted && secret === this.#secret;
  }

  /** Hands what was sent to the operating system now, not at the end of this poll. */
  flush(): void {
    this.netSocket.uncork();
  }

  /** Closes once the next message is out. */
  endAfterNextMessage(): void {
    this.#endAfterSend = true;
  }

  /** Throws `NotSentError` where Nest's own would stay silent. */
  override sendMessage(message: unknown, callback?: (error?: unknown) => void): void {
    if (!this.netSocket.writable) throw new NotSentError('The connection is closed.');
    this.handleSend(message as Packet, callback);
  }

  protected handleSend(packet: Packet, callback?: (error?: unknown) => void): void {
    const part = packet.data === undefined ? 'response' : 'data';
    const body = packet[part];
    const frame = encodeFrame(
      body?.text === undefined ? packet : { ...packet, [part]: { ...body, text: undefined } },
      body?.text ?? '',
    );
    // What all sockets brought in one poll of the event loop goes on in one system call, which wakes the other side once; a tick would end after each socket.
    if (!this.#gathers) {
      this.#gathers = true;
      this.netSocket.cork();
      setImmediate(() => this.#endPoll());
    }
    const flushed = this.netSocket.write(frame, callback);
    if (this.#endAfterSend) this.netSocket.end();
    else if (!flushed && this.options.pauseWhenFull && !this.netSocket.isPaused()) {
      this.netSocket.pause();
      this.netSocket.once('drain', () => this.netSocket.resume());
    }
  }

  #endPoll(): void {
    this.#gathers = false;
    this.netSocket.uncork();
  }

  /** `data` may be overwritten afterwards. */
  protected handleData(data: Buffer): void {
    this.heardAt = this.options.clock.monotonic();
    this.#reader ??= new FrameReader(this.#trusted ? this.options.maxFrameBytes : this.options.maxFirstFrameBytes);
    this.#reader.push(data, (frame) => this.#take(frame));
  }

  protected override handleDataError(error: unknown): void {
    // Whoever sends no frames is not told so in frames.
    this.netSocket.destroy(error instanceof Error ? error : new FrameError(String(error)));
  }

  #take({ message, text, bytes }: TextFrame): void {
    const { data, response } = message as { data?: Record<string, unknown>; response?: Record<string, unknown> };
    if (typeof response === 'object' && response !== null && text !== '') response['text'] = text;
    if (typeof data === 'object' && data !== null) {
      const arrivedAt = this.options.clock.monotonic();
      const { sentAt } = data;
      data['arrivedAt'] = arrivedAt;
      data['delayedMs'] = typeof sentAt === 'number' ? this.#delay.measure(sentAt, arrivedAt) : 0;
      data['bytes'] = bytes;
      if (text !== '') data['text'] = text;
      else delete data['text'];
    }
    this.netSocket.emit('message', message);
  }
}

interface Packet {
  readonly data?: WireBody;
  readonly response?: WireBody;
}

/** A socket class with its options bound, as Nest's `socketClass` wants it. */
export function frameSocketClass(options: FrameSocketOptions): new (socket: Socket) => FrameSocket {
  return class extends FrameSocket {
    protected readonly options = options;
  };
}
