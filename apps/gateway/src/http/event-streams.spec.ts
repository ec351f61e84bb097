import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { TokenRevalidator } from '@datakeep/auth';
import { createLogger, DatakeepError, SystemClock } from '@datakeep/kernel';
import { Readiness } from '@datakeep/service-host';
import { Answers } from './admission/answers.ts';
import { EventStreams } from './event-streams.ts';

describe('streams of events', () => {
  const server: FastifyInstance = fastify({ forceCloseConnections: true });
  const revalidator = Object.create(TokenRevalidator.prototype) as TokenRevalidator;
  vi.spyOn(revalidator, 'check').mockResolvedValue();
  const answers = new Answers(1_000_000);
  const logged: string[] = [];
  const logger = createLogger('error', { write: (line: string) => void logged.push(line) });
  const streams = new EventStreams(revalidator, new Readiness({}), answers, new SystemClock(), logger);
  const admitted = Promise.withResolvers<void>();
  let asked = 0;
  let gone = 0;
  server.setErrorHandler((error, _request, reply) => reply.code(DatakeepError.from(error)?.status ?? 500).send());
  server.get('/stream', async (request, reply) => {
    asked += 1;
    reply.raw.once('close', () => (gone += 1));
    await admitted.promise;
    await streams.send(request, reply, 'one', (signal) => Promise.resolve(silence(signal)));
    return reply;
  });
  server.get('/broken', async (request, reply) => {
    await streams.send(request, reply, 'two', () => Promise.resolve(broken()));
    return reply;
  });
  afterAll(() => server.close());

  async function* broken(): AsyncGenerator<string, void, undefined> {
    yield ': beat\n\n';
    throw new TypeError('a fault of the keep');
  }

  async function* silence(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    await once(signal, 'abort');
    yield '';
  }

  it('of clients that go before they begin take no place', async () => {
    await server.listen();
    const { port } = server.server.address() as AddressInfo;
    const ask = () =>
      connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .setEncoding('latin1');
    const request = 'GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    const early = Array.from({ length: 10 }, ask);
    for (const socket of early) socket.write(request);
    await vi.waitFor(() => expect(asked).toBe(10));
    for (const socket of early) socket.destroy();
    await vi.waitFor(() => expect(gone).toBe(10));
    admitted.resolve();
    const stays = ask();
    const heads: string[] = [];
    stays.on('data', (text) => heads.push(String(text)));
    stays.write(request);
    await vi.waitFor(() => expect(heads.join('')).toContain('retry: 1000'));
    expect(heads[0]).toMatch(/^HTTP\/1\.1 200 /);
    stays.destroy();
  });

  it('that end by a fault of the keep say so, and the log has the cause', async () => {
    const { body } = await server.inject('/broken');
    expect(body).toContain('event: end\ndata: {"type":"/docs/errors#internal"');
    expect(logged.join('')).toContain('a fault of the keep');
  });
});
