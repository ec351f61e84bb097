import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Any peer that can reach the port: writes bytes, and reads the answer. Implements Nest's frame itself. */
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

  /** Nest's own frame: the length in UTF-16 units, `#`, JSON. */
  static frame(message: unknown): Buffer {
    const json = typeof message === 'string' ? message : JSON.stringify(message);
    return Buffer.from(`${json.length}#${json}`);
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Sends a request packet as Nest's. */
  request(id: string, pattern: string, data: object): void {
    this.write(RawPeer.frame({ id, pattern, data }));
  }

  /** The first request of a connection, `1`. */
  hello(envelope: object): void {
    this.request('1', 'rpc.hello', envelope);
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
    const text = this.#received.toString();
    for (let at = 0, from = text.indexOf('#') + 1; from > 0; from = text.indexOf('#', at) + 1) {
      const end = from + Number(text.slice(at, from - 1));
      if (end > text.length) break;
      messages.push(JSON.parse(text.slice(from, end)) as (typeof messages)[number]);
      at = end;
    }
    return messages;
  }
}
