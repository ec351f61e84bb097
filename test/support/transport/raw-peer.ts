import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Whoever can reach the port: writes bytes, and reads what comes back. Knows the frame (libs/transport/src/wire/text-frame.ts) by itself. */
export class RawPeer {
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])));
  }

  static async connect(port: number): Promise<RawPeer> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawPeer(socket);
  }

  static frame(message: unknown, text = ''): Buffer {
    const json = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
    const prefix = Buffer.alloc(8);
    prefix.writeUInt32BE(4 + json.length + Buffer.byteLength(text), 0);
    prefix.writeUInt32BE(json.length, 4);
    return Buffer.concat([prefix, json, Buffer.from(text)]);
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Sends a request packet as Nest's. */
  request(id: string, pattern: string, data: object, text = ''): void {
    this.write(RawPeer.frame({ id, pattern, data }, text));
  }

  /** The first request of a connection, `1`: as a service of this release sends it, unless another version is said. */
  hello(envelope: object, version = 2): void {
    this.request('1', 'rpc.hello', { ...envelope, head: { version } });
  }

  pause(): void {
    this.#socket.pause();
  }

  end(): void {
    this.#socket.destroy();
  }

  /** The messages that have come so far. */
  answers(): { id?: string; err?: unknown; response?: unknown }[] {
    const messages: { id?: string; err?: unknown; response?: unknown }[] = [];
    for (let at = 0; at + 8 <= this.#received.length; at += 4 + this.#received.readUInt32BE(at)) {
      const end = at + 8 + this.#received.readUInt32BE(at + 4);
      if (end > this.#received.length) break;
      messages.push(JSON.parse(this.#received.toString('utf8', at + 8, end)) as (typeof messages)[number]);
    }
    return messages;
  }
}
