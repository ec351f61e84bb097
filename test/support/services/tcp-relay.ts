import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A relay between a client and a server on loopback: a test cuts the client off, as its death or its network would. */
export class TcpRelay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isSilent = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(toPort: number): Promise<TcpRelay> {
    const server = createServer();
    const relay = new TcpRelay(server);
    server.on('connection', (client) => {
      const upstream = connect(toPort, '127.0.0.1');
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        relay.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          relay.#sockets.delete(socket);
          other.destroy();
        });
        if (!relay.#isSilent) socket.pipe(other);
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Forwards nothing any more, and ends nothing: what neither side learns of. */
  silence(): void {
    this.#isSilent = true;
    for (const socket of this.#sockets) socket.unpipe();
  }

  /** Forwards for new connections; those that were silent stay so. */
  restore(): void {
    this.#isSilent = false;
  }

  /** Drops all connections and takes no new one. */
  cut(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
