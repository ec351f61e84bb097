import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection over which a test says exactly what it wants, and which reads only when asked to. */
export class HeldConnection {
  readonly #socket: Socket;
  #received = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    // The keep may cut it off: that is what some tests are about.
    socket.on('error', () => undefined);
  }

  static async open(url: string, localAddress?: string): Promise<HeldConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), ...(localAddress ? { localAddress } : {}) });
    const connection = new HeldConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  /** Sends a request's head; `length` is what it says of its body, of which nothing is sent. */
  ask(method: string, path: string, { token, length, headers = {} }: Head = {}): this {
    const lines = [
      `${method} ${path} HTTP/1.1`,
      'Host: 127.0.0.1',
      ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
      ...(length === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${length}`]),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    return this.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  write(text: string | Buffer): this {
    this.#socket.write(text);
    return this;
  }

  /** From now on it takes what comes. */
  read(): this {
    this.#socket
      .setEncoding('latin1')
      .on('data', (text: string) => (this.#received += text))
      .resume();
    return this;
  }

  /** Reads that many bytes of the answer, and then nothing. */
  async take(bytes: number): Promise<this> {
    while (this.#received.length < bytes) {
      const [some] = (await once(this.#socket, 'data')) as [Buffer];
      this.#received += some.toString('latin1');
    }
    this.#socket.pause();
    return this;
  }

  get received(): string {
    return this.#received;
  }

  /** Statuses of the answers that came so far. */
  get statuses(): number[] {
    return [...this.#received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  get closed(): boolean {
    return this.#socket.closed || this.#socket.readableEnded;
  }

  close(): void {
    this.#socket.destroy();
  }
}

interface Head {
  readonly token?: string | undefined;
  readonly length?: number;
  readonly headers?: Readonly<Record<string, string>>;
}
