import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { bindService, createRpcClient, rpcService } from '@datakeep/transport';
import { HeldNotes, notesService } from '../support/transport/notes-service.ts';
import { RawPeer } from '../support/transport/raw-peer.ts';
import { recordingLogger, serve, type ServedServices } from '../support/transport/served-services.ts';

const secret = 'k'.repeat(43);
const envelope = { version: 6, requestId: 'request-9', sentAt: 0, budgetMs: 5000 };
const clock = new SystemClock();

describe('a service under a secret', () => {
  let services: ServedServices;
  let notes: HeldNotes;
  beforeEach(async () => {
    notes = new HeldNotes();
    services = await serve([bindService(notesService, { useValue: notes })], { secret });
  });
  afterEach(async () => {
    expect(notes.started, 'nothing ran').toEqual([]);
    const { port, control } = createRpcClient(notesService, {
      servers: [services],
      secret,
      clock,
      logger: recordingLogger().logger,
    });
    expect(await port.echo('still there')).toBe('still there');
    await control.close();
    await services.close();
  });

  const logged = (...words: string[]): string[] =>
    services.logged.filter((line) => words.every((word) => line.includes(word)));

  it.each([
    ['no secret', {}],
    ['another secret', { secret: 'x'.repeat(43) }],
    ['a part of it', { secret: secret.slice(0, -1) }],
    ['a number for a secret', { secret: 1 }],
  ])('refuses a message with %s, logs it by its id, and closes the connection', async (_what, given) => {
    const peer = await RawPeer.connect(services.port);
    peer.request('1', 'notes.add', { ...envelope, ...given, args: { 0: 'x' } });
    await peer.closed;
    expect(peer.answers()).toEqual([
      expect.objectContaining({ id: '1', err: expect.objectContaining({ code: 'unauthenticated' }) }),
    ]);
    expect(logged('request-9', 'without the service secret')).toHaveLength(1);
    expect(services.logged.join('\n')).not.toContain(secret);
  });

  it('is out of reach for a client with another secret, and the log of the client says why', async () => {
    const { logger, logged: lines } = recordingLogger();
    const { port, control } = createRpcClient(notesService, {
      servers: [services],
      secret: 'x'.repeat(43),
      clock,
      logger,
    });
    await expect(port.add('x')).rejects.toMatchObject({
      code: 'storage-unreachable',
      message: expect.not.stringContaining('secret'),
    });
    expect(lines.some((line) => line.includes('refuses the service secret'))).toBe(true);
    await control.close();
  });

  it('still asks for the secret once another message of the connection had it', async () => {
    const peer = await RawPeer.connect(services.port);
    peer.hello({ ...envelope, secret });
    await vi.waitFor(() => expect(peer.answers()).toHaveLength(1));
    peer.request('2', 'notes.add', { ...envelope, args: { 0: 'x' } });
    await peer.closed;
    expect(peer.answers()[1]).toMatchObject({ id: '2', err: { code: 'unauthenticated' } });
  });

  it.each<[string, Buffer]>([
    ['a length that is no number', Buffer.from('GET /#fragment HTTP/1.1\r\n\r\n')],
    ['the first 9 KiB of a message of 100 MB', Buffer.from(`100000000#${'x'.repeat(9 * 1024)}`)],
    ['a message that is no JSON', RawPeer.frame('{"id":')],
    ['a message that is no object', RawPeer.frame('[1]')],
    ['a message nested 3,000 deep', RawPeer.frame(`${'['.repeat(3000)}${']'.repeat(3000)}`)],
    ['a message without an id', RawPeer.frame({ pattern: 'notes.add', data: { ...envelope, secret } })],
    ['a message without data', RawPeer.frame({ id: '1', pattern: 'notes.add' })],
    [
      'a pattern that is an object',
      RawPeer.frame({ id: '1', pattern: { cmd: 'notes.add' }, data: { ...envelope, secret } }),
    ],
    ['an unknown pattern before the secret', RawPeer.frame({ id: '1', pattern: 'notes.drop', data: envelope })],
    [
      'a first message larger than a hello',
      RawPeer.frame({ id: '1', pattern: 'notes.page', data: { ...envelope, secret, args: { 0: 'x'.repeat(10_000) } } }),
    ],
  ])('closes the connection on %s, and logs it', async (_what, bytes) => {
    const peer = await RawPeer.connect(services.port);
    peer.write(bytes);
    await peer.closed;
    expect(peer.answers()).toEqual([]);
    expect(logged('a connection was closed')).toHaveLength(1);
  });

  it('closes the connection of a service on a message of 100 MB', async () => {
    const peer = await RawPeer.connect(services.port);
    peer.hello({ ...envelope, secret });
    await vi.waitFor(() => expect(peer.answers()).toHaveLength(1));
    peer.request('2', 'notes.page', { ...envelope, secret, args: { 0: 'x'.repeat(100 * 1024 * 1024) } });
    await peer.closed;
    expect(logged('a connection was closed', 'exceeds')).toHaveLength(1);
  });

  it('closes a connection on which no secret was shown within ten seconds', async () => {
    const still = new ManualClock();
    const waiting = await serve([], { secret, clock: still });
    const peer = await RawPeer.connect(waiting.port);
    peer.write(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    const trusted = await RawPeer.connect(waiting.port);
    trusted.hello({ ...envelope, secret });
    await vi.waitFor(() => expect(trusted.answers()).toHaveLength(1));
    await still.advance(10_000);
    await peer.closed;
    expect(waiting.logged.filter((line) => line.includes('a connection was closed'))).toHaveLength(1);
    trusted.request('2', 'rpc.hello', { ...envelope, secret });
    await vi.waitFor(() => expect(trusted.answers()).toHaveLength(2));
    trusted.end();
    let closed = false;
    void waiting.close().then(() => (closed = true));
    await vi.waitFor(async () => {
      await still.advance(1000);
      expect(closed).toBe(true);
    });
  });

  it('answers an unknown pattern from a service, and logs it by its id', async () => {
    const peer = await RawPeer.connect(services.port);
    peer.hello({ ...envelope, secret });
    await vi.waitFor(() => expect(peer.answers()).toHaveLength(1));
    peer.request('2', 'notes.drop', { ...envelope, secret, args: {} });
    await vi.waitFor(() => expect(peer.answers()).toHaveLength(2));
    expect(peer.answers()[1]).toMatchObject({ id: '2', err: expect.stringContaining('no matching message handler') });
    expect(logged('request-9', 'unknown pattern')).toHaveLength(1);
    peer.end();
  });

  it('refuses another version of the wire', async () => {
    const peer = await RawPeer.connect(services.port);
    peer.hello({ ...envelope, secret, version: 3 });
    await vi.waitFor(() => expect(peer.answers()).toHaveLength(1));
    expect(peer.answers()[0]).toMatchObject({ err: { code: 'bad-request' } });
    peer.end();
  });

  it('answers arguments that make no sense with an error', async () => {
    const peer = await RawPeer.connect(services.port);
    peer.hello({ ...envelope, secret });
    peer.request('2', 'notes.add', { ...envelope, secret, args: 'no list' });
    await vi.waitFor(() => expect(peer.answers()).toHaveLength(2));
    expect(peer.answers()[1]).toMatchObject({ id: '2', err: { code: 'internal' } });
    peer.end();
  });

  it('does not fill its memory for a peer that asks and never reads', async () => {
    const peer = await RawPeer.connect(services.port);
    peer.hello({ ...envelope, secret });
    await vi.waitFor(() => expect(peer.answers()).toHaveLength(1));
    peer.pause();
    const text = 'x'.repeat(1024 * 1024);
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 200; n += 1) peer.request(String(n), 'notes.page', { ...envelope, secret, args: { 0: text } });
    const { port, control } = createRpcClient(notesService, {
      servers: [services],
      secret,
      clock,
      logger: recordingLogger().logger,
    });
    for (let n = 0; n < 50; n += 1) await port.echo(n);
    await control.close();
    expect(services.rpc.admission.requests).toBeLessThan(10);
    // The 200 MiB that wait are the peer's own; as many answers would be as much again.
    expect(process.memoryUsage().rss - before).toBeLessThan(450 * 1024 * 1024);
    peer.end();
  });
});

describe('the start', () => {
  it('is refused beyond loopback without a secret, to servers and clients', () => {
    const { logger } = recordingLogger();
    const refusal = expect.objectContaining({
      name: 'ConfigError',
      message: expect.stringContaining('SERVICE_SECRET'),
    }) as Error;
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'storage']) {
      expect(() => rpcService({ host, port: 0, secret: undefined, clock, logger, services: [] })).toThrow(refusal);
      expect(() =>
        createRpcClient(notesService, { servers: [{ host, port: 1 }], secret: undefined, clock, logger }),
      ).toThrow(refusal);
    }
    for (const host of ['127.0.0.1', '127.8.0.1', '::1', 'localhost'])
      expect(() =>
        createRpcClient(notesService, { servers: [{ host, port: 1 }], secret: undefined, clock, logger }),
      ).not.toThrow();
  });

  const asked: string[] = [];

  @Controller()
  class UndecoratedController {
    @MessagePattern('by-hand.message')
    message(): string {
      asked.push('message');
      return 'only services may ask';
    }

    @EventPattern('by-hand.event')
    event(_data: unknown): void {
      asked.push('event');
    }
  }

  it.each(['by-hand.message', 'by-hand.event'])(
    'puts %s, a handler written by hand without a word about who may call it, behind the secret too',
    async (pattern) => {
      const services = await serve([], { secret, controllers: [UndecoratedController] });
      const peer = await RawPeer.connect(services.port);
      peer.request('1', pattern, { ...envelope, args: {} });
      await peer.closed;
      expect(peer.answers()[0]).toMatchObject({ err: { code: 'unauthenticated' } });
      const event = await RawPeer.connect(services.port);
      event.write(RawPeer.frame({ pattern, data: { ...envelope, args: {} } }));
      await event.closed;
      expect(asked).toEqual([]);
      await services.close();
    },
  );
});
