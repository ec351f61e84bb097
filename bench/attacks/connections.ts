import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Holds `count` connections, does `use` with each, and a second after one ended, opens another. Never resolves. */
export function keepOpen(url: string, count: number, use: (socket: Socket) => Promise<void> | void): Promise<unknown> {
  const { hostname, port } = new URL(url);
  const one = async (): Promise<never> => {
    for (;;) {
      const socket = connect(Number(port), hostname);
      // That it is cut off is what the attack is about.
      const closed = new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve));
      void Promise.resolve(use(socket)).catch(() => undefined);
      await closed;
      await delay(1000);
    }
  };
  return Promise.all(Array.from({ length: count }, one));
}

/** Writes a chunk again and again, as fast as it is taken, until `bytes` are written or the connection ends. */
export async function pour(socket: Socket, piece: string, bytes: number): Promise<void> {
  for (let written = 0; written < bytes && !socket.destroyed; written += piece.length)
    if (!socket.write(piece)) await once(socket, 'drain');
}

/** A request as text. `length` is what its head says of its body. */
export function request(path: string, token: string | undefined, length: number, body = ''): string {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    'Content-Type: application/json',
    `Content-Length: ${length}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
