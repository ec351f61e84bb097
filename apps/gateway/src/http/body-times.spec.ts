import { type AddressInfo, connect, type Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '@datakeep/kernel/testing';
import { installBodyTimes } from './body-times.ts';

describe('a body that no handler reads', () => {
  let server: FastifyInstance;
  let clock: ManualClock;
  let peer: Socket;
  let refused: number;
  let begun: number;
  beforeEach(async () => {
    [refused, begun] = [0, 0];
    clock = new ManualClock();
    server = fastify({ forceCloseConnections: true });
    installBodyTimes(server, clock, (socket) => {
      refused += 1;
      socket.destroy();
    });
    server.get('/long', () => {
      begun += 1;
      return new Promise(() => undefined);
    });
    await server.listen();
    peer = connect((server.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  });
  afterEach(async () => {
    peer.destroy();
    await server.close();
  });

  it.each([
    ['whole is not refused for the time of its answer', '{}', 0],
    ['in part is refused after 30 s', '{', 1],
  ])('and came %s', async (_how, sent, refusals) => {
    peer.write(`GET /long HTTP/1.1\r\nHost: keep\r\nContent-Length: 2\r\n\r\n${sent}`);
    await expect.poll(() => begun).toBe(1);
    await clock.advance(30_000);
    expect(refused).toBe(refusals);
  });
});
