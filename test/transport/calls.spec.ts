import { ClientTCP } from '@nestjs/microservices';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SystemClock, withRequestId } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { bindService, createRpcClient, type RpcClientOptions } from '@datakeep/transport';
import { HeldNotes, notesService } from '../support/transport/notes-service.ts';
import { RawPeer } from '../support/transport/raw-peer.ts';
import { recordingLogger, serve, type ServedServices } from '../support/transport/served-services.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function served(notes = new HeldNotes()): Promise<ServedServices> {
  const services = await serve([bindService(notesService, { useValue: notes })]);
  closers.push(() => services.close());
  return services;
}

function client(servers: RpcClientOptions['servers'], over: Partial<RpcClientOptions> = {}) {
  const { logger, logged } = recordingLogger();
  const made = createRpcClient(notesService, { servers, secret: undefined, clock: new SystemClock(), logger, ...over });
  return { ...made, logged };
}

describe('a call over TCP', () => {
  it('carries JSON and text of every script there and back', async () => {
    const { port, control } = client([await served()]);
    const value = { 'two words': [1, 0.5, null, true, '😀"\\\u0000'], deep: { er: [] } };
    expect(await port.echo(value)).toEqual(value);
    const text = `{"a":"\\"${'é😀'.repeat(200_000)}"}`;
    expect(await port.page(text)).toEqual({ text, length: text.length });
    expect(await port.page('')).toEqual({ text: '', length: 0 });
    await control.close();
  });

  it('carries arguments and results that are undefined, and takes none of them for null', async () => {
    const { port, control } = client([await served()]);
    expect(await port.types('a', undefined, null)).toEqual(['string', 'undefined', 'null']);
    expect(await port.types(null)).toEqual(['null']);
    expect(await port.echo(undefined)).toBeUndefined();
    expect(await port.echo(null)).toBeNull();
    await control.close();
  });

  it('keeps the order of nothing but answers each caller with its own, a thousand at once', async () => {
    const { port, control } = client([await served()]);
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, n) => port.echo(n)));
    expect(answers).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    await control.close();
  });

  it('leaves nothing behind in the client once it was answered', async () => {
    const publish = vi.spyOn(ClientTCP.prototype as unknown as { publish(): () => void }, 'publish');
    const { port, control } = client([await served()]);
    await port.echo(1);
    await port.fail('known').catch(() => undefined);
    const connection = publish.mock.contexts[0] as unknown as { readonly routingMap: Map<string, unknown> };
    expect([...connection.routingMap.keys()]).toEqual([]);
    publish.mockRestore();
    await control.close();
  });

  it('carries the id of the request that it belongs to', async () => {
    const { port, control } = client([await served()]);
    expect(await withRequestId('request-7', () => port.requestId())).toBe('request-7');
    expect(await port.requestId()).toMatch(/^[0-9a-f-]{36}$/);
    await control.close();
  });

  it('gives back an error of the catalogue with its places and its Retry-After', async () => {
    const { port, control } = client([await served()]);
    await expect(port.fail('known')).rejects.toMatchObject({
      name: 'DatakeepError',
      code: 'invalid',
      message: 'The batch is wrong.',
      retryAfterSeconds: 7,
      errors: [{ index: 3, pointer: '/events/3/payload', code: 'schema', detail: 'It is.' }],
    });
    await control.close();
  });

  it('tells nothing of any other error, which is logged where it happened', async () => {
    const services = await served();
    const { port, control } = client([services]);
    const error = await withRequestId('request-8', () => port.fail('unknown')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'internal' });
    expect(String(error)).not.toContain('SELECT');
    expect(services.logged.filter((line) => line.includes('request-8') && line.includes('SELECT'))).toHaveLength(1);
    await control.close();
  });
});

describe('a deadline', () => {
  it('ends the wait of the caller, to whom the outcome is then unknown', async () => {
    const clock = new ManualClock();
    const notes = new HeldNotes();
    const { port, control } = client([await served(notes)], { clock, deadlineMs: 500 });
    const held = port.hold('slow');
    const outcome = held.catch((error: unknown) => error);
    await vi.waitFor(() => expect(notes.started).toEqual(['slow']));
    await clock.advance(500);
    expect(await outcome).toMatchObject({
      code: 'storage-unreachable',
      retryAfterSeconds: 1,
      message: expect.stringContaining('in time'),
    });
    notes.letGo('slow');
    await control.close();
  });

  it('is kept by the server: what lay in buffers too long is refused before it begins', async () => {
    const notes = new HeldNotes();
    const services = await served(notes);
    const peer = await RawPeer.connect(services.port);
    const envelope = { version: 6, requestId: 'r', budgetMs: 5000 };
    peer.hello({ ...envelope, sentAt: 10_000 });
    peer.request('2', 'notes.add', { ...envelope, sentAt: 10_000, args: { 0: 'in time' } });
    peer.request('3', 'notes.add', { ...envelope, sentAt: 1000, args: { 0: 'too late' } });
    await vi.waitFor(() => expect(peer.answers()).toHaveLength(3));
    expect(peer.answers().find(({ id }) => id === '3')).toMatchObject({
      err: { code: 'storage-busy', retryAfterSeconds: 1 },
    });
    expect(notes.started).toEqual(['in time']);
    peer.end();
  });
});

describe('backpressure', () => {
  it('refuses at once what would wait beyond the bound, and sends none of it', async () => {
    const notes = new HeldNotes();
    const { port, control } = client([await served(notes)], { inFlight: { requests: 2, bytes: 1_000_000 } });
    const first = port.hold('first');
    const second = port.hold('second');
    await expect(port.add('third')).rejects.toMatchObject({
      code: 'storage-busy',
      retryAfterSeconds: 1,
      message: expect.stringContaining('Nothing was done'),
    });
    await vi.waitFor(() => expect(notes.started).toEqual(['first', 'second']));
    notes.letGo('first');
    await first;
    expect(await port.add('fourth')).toBe('notes');
    notes.letGo('second');
    await second;
    await control.close();
  });

  it('counts bytes as well', async () => {
    const notes = new HeldNotes();
    const { port, control } = client([await served(notes)], { inFlight: { requests: 100, bytes: 1_000_000 } });
    const held = port.hold('held');
    await expect(port.page('x'.repeat(1_000_000))).rejects.toMatchObject({ code: 'storage-busy' });
    await vi.waitFor(() => expect(notes.started).toEqual(['held']));
    notes.letGo('held');
    await held;
    await control.close();
  });

  it('holds in the server too, whoever sends', async () => {
    const notes = new HeldNotes();
    const services = await serve([bindService(notesService, { useValue: notes })], {
      inFlight: { requests: 1, bytes: 1_000_000 },
    });
    closers.push(() => services.close());
    const { port, control } = client([services]);
    const held = port.hold('held');
    await vi.waitFor(() => expect(notes.started).toEqual(['held']));
    await expect(port.add('more')).rejects.toMatchObject({ code: 'storage-busy', retryAfterSeconds: 1 });
    expect(notes.started).toEqual(['held']);
    notes.letGo('held');
    await held;
    await control.close();
  });

  it('refuses a request that no server would read', async () => {
    const { port, control } = client([await served()]);
    await expect(port.page('x'.repeat(33 * 1024 * 1024))).rejects.toMatchObject({ code: 'body-too-large' });
    await control.close();
  });
});
