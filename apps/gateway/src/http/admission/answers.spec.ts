import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { Answers } from './answers.ts';

/** As AccessControl lets requests in. */
function admitAll(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const { policy } = request.routeOptions.config;
    if (policy) request.admittedBy = policy;
    done();
  });
}

describe('the reads of one caller', () => {
  const server: FastifyInstance = fastify({ trustProxy: true });
  const underWay: (() => void)[] = [];
  let begun = 0;
  let page = '';
  let waits = true;
  admitAll(server);
  new Answers(45_000_000).install(server);
  server.setErrorHandler((_error, _request, reply) => reply.code(503).send('overloaded'));
  server.get('/read', { config: { policy: { who: 'public', rate: 'read' } } }, async () => {
    begun += 1;
    if (waits) await new Promise<void>((resolve) => underWay.push(resolve));
    return page;
  });
  const read = async (from = '10.0.0.1'): Promise<number> =>
    (await server.inject({ url: '/read', headers: { 'x-forwarded-for': from } })).statusCode;
  const finish = (): void => {
    for (const end of underWay.splice(0)) end();
  };
  afterEach(() => {
    begun = 0;
    server.server.closeAllConnections();
  });
  afterAll(() => server.close());

  it('are made four at a time, then more as small answers are sent, and another caller waits for none', async () => {
    const all = Promise.all(Array.from({ length: 20 }, () => read()));
    await vi.waitFor(() => expect(begun).toBe(4));
    const other = read('10.0.0.2');
    await vi.waitFor(() => expect(begun).toBe(5));
    for (let n = 0; n < 10; n += 1) await turn();
    expect(begun).toBe(5);
    underWay.shift()!();
    await vi.waitFor(() => expect(begun).toBe(10));
    await vi.waitFor(() => {
      finish();
      expect(begun).toBe(21);
    });
    finish();
    expect(new Set(await all)).toEqual(new Set([200]));
    expect(await other).toBe(200);
  });

  it('that wait are not begun once one was refused, although a smaller answer might have room', async () => {
    page = 'x'.repeat(20_000_000);
    await server.listen();
    const { port } = server.server.address() as AddressInfo;
    const heads: string[] = [];
    const sockets = Array.from({ length: 20 }, () => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      socket.once('data', (some: Buffer) => {
        heads.push(some.toString('latin1', 9, 12));
        socket.pause();
      });
      socket.write('GET /read HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      return socket;
    });
    await vi.waitFor(() => expect(begun).toBe(4));
    await vi.waitFor(() => {
      finish();
      expect(heads.toSorted()).toEqual(['200', ...Array.from({ length: 19 }, () => '503')]);
    });
    // One more may begin when the first has taken its room, and none was refused yet.
    expect(begun).toBeLessThanOrEqual(5);
    for (const socket of sockets) socket.destroy();
    page = '';
    waits = false;
    await vi.waitFor(async () => expect(await read('127.0.0.1')).toBe(200));
  });
});

describe('an answer whose peer went before it was made', () => {
  it.each(['read', 'write'] as const)('takes no room (%s)', async (rate) => {
    const server = fastify({ forceCloseConnections: true });
    const answers = new Answers(45_000_000);
    admitAll(server);
    answers.install(server);
    const made = Promise.withResolvers<string>();
    const seen: string[] = [];
    server.addHook('onSend', (_request, _reply, _payload, done) => {
      seen.push('sent');
      done();
    });
    server.get('/page', { config: { policy: { who: 'public', rate } } }, (_request, reply) => {
      seen.push('begun');
      reply.raw.once('close', () => seen.push('gone'));
      return made.promise;
    });
    await server.listen();
    const { port } = server.server.address() as AddressInfo;
    const peer = connect(port, '127.0.0.1').on('error', () => undefined);
    peer.write('GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await vi.waitFor(() => expect(seen).toEqual(['begun']));
    peer.destroy();
    await vi.waitFor(() => expect(seen).toEqual(['begun', 'gone']));
    made.resolve('x'.repeat(1_000_000));
    await vi.waitFor(() => expect(seen).toEqual(['begun', 'gone', 'sent']));
    expect(answers.waitingBytes).toBe(0);
    await server.close();
  });
});

describe('the answer to a HEAD', () => {
  it('has the headers of a stream, of which nothing more is made', async () => {
    const server = fastify();
    new Answers(45_000_000).install(server);
    let made: Readable | undefined;
    server.get('/stream', (_request, reply) => {
      made = new Readable({ read: () => void setImmediate(() => made?.push('x')) });
      return reply.header('content-type', 'application/x-ndjson').send(made);
    });
    const { statusCode, headers } = await server.inject({ method: 'HEAD', url: '/stream' });
    expect({ statusCode, type: headers['content-type'] }).toEqual({ statusCode: 200, type: 'application/x-ndjson' });
    expect(made?.destroyed).toBe(true);
    await server.close();
  });
});

describe('a long answer', () => {
  const server: FastifyInstance = fastify();
  const text = `a${'😀'.repeat(100_000)}\ud83d`;
  new Answers(45_000_000).install(server);
  server.get('/text', () => text);
  server.get('/pieces', (_request, reply) =>
    reply.serializer((pieces: unknown) => pieces as string).send(['[', text, ']']),
  );
  afterAll(() => server.close());

  it.each([
    ['/text', text],
    ['/pieces', `[${text}]`],
  ])(
    'from %s is sent in slices that split no character, and its Content-Length counts its bytes',
    async (url, whole) => {
      const { body, headers, rawPayload } = await server.inject(url);
      expect(body).toBe(whole.toWellFormed());
      expect(headers['content-length']).toBe(String(rawPayload.length));
    },
  );
});
