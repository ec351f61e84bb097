import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { createLogger } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ConnectionLimits, Connections, unreadMs } from './connections.ts';

/** 16 MiB, as the edge sends what is large. */
function* slices(): Generator<Buffer> {
  for (let slice = 0; slice < 256; slice += 1) yield Buffer.alloc(64 * 1024);
}

describe('connections', () => {
  const clock = new ManualClock();
  const clients: Socket[] = [];
  let server: Server;
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    server.close();
  });

  /** A server that never answers. */
  const start = async (limits: ConnectionLimits): Promise<void> => {
    server = createServer();
    const connections = new Connections(limits, clock, createLogger('silent'));
    connections.watch(server);
    server.on('request', (request, response) => {
      connections.began(request);
      response.once('close', () => connections.ended(request));
      if (request.url === '/large') Readable.from(slices()).pipe(response);
      if (request.url === '/small') response.end('small');
    });
    server.listen(0, '0.0.0.0');
    await once(server, 'listening');
  };
  const open = async (localAddress = '127.0.0.1'): Promise<Socket> => {
    const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, localAddress });
    client.on('error', () => undefined);
    clients.push(client);
    await once(client, 'connect');
    return client;
  };
  const ask = async (client: Socket, path: string): Promise<void> => {
    const asked = once(server, 'request');
    client.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await asked;
  };
  /** Reading, so that it learns of its end. */
  const isOpen = (client: Socket): boolean => {
    client.resume();
    return !client.readableEnded && !client.closed;
  };
  const areOpen = (...asked: Socket[]): boolean[] => asked.map(isOpen);

  it('of an address that has as many as it may replace the one that is idle for longest', async () => {
    await start({ total: 100, perAddress: 3 });
    const [first, second, third] = [await open(), await open(), await open()];
    const answered = once(first, 'data');
    await ask(first, '/small');
    await answered;
    // The first did something since, so the second is the one that is idle for longest.
    const fourth = await open();
    await vi.waitFor(() => expect(areOpen(first, second, third, fourth)).toEqual([true, false, true, true]));
  });

  it('with a request under way are not replaced: a new one is closed', async () => {
    await start({ total: 100, perAddress: 2 });
    const busy = [await open(), await open()];
    for (const client of busy) await ask(client, '/never');
    const late = await open();
    await vi.waitFor(() => expect(areOpen(busy[0]!, busy[1]!, late)).toEqual([true, true, false]));
  });

  it('of one address take nothing from another', async () => {
    await start({ total: 100, perAddress: 2 });
    const other = await open('127.0.0.2');
    for (let count = 0; count < 5; count += 1) await open();
    await vi.waitFor(() => expect(areOpen(other)).toEqual([true]));
  });

  it('replace one of the address that has most where there are as many as there may be', async () => {
    await start({ total: 4, perAddress: 3 });
    const one = await open('127.0.0.2');
    const [first, second, third] = [await open(), await open(), await open()];
    const newcomer = await open('127.0.0.3');
    await vi.waitFor(() =>
      expect(areOpen(one, first, second, third, newcomer)).toEqual([true, false, true, true, true]),
    );
  });

  it('are dropped where their peer takes nothing for 30 s, and not where it takes a little', async () => {
    await start({ total: 100, perAddress: 100 });
    const [unread, slow] = [await open(), await open()];
    await Promise.all([ask(unread, '/large'), ask(slow, '/large')]);
    let taken = 0;
    for (let second = 0; second < 2 * (unreadMs / 1000); second += 1) {
      // More than the system holds for it at a time, so that the server is asked for more.
      slow.resume();
      while (taken < second * 200_000) taken += ((await once(slow, 'data')) as [Buffer])[0].length;
      slow.pause();
      await clock.advance(1000);
    }
    await vi.waitFor(() => expect(areOpen(slow, unread)).toEqual([true, false]));
  });
});
