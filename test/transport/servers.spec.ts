import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '@datakeep/kernel';
import { bindService, createRpcClient, type RpcClientOptions } from '@datakeep/transport';
import { freePorts } from '../support/free-ports.ts';
import { HeldNotes, notesService } from '../support/transport/notes-service.ts';
import { recordingLogger, serve, type ServedServices } from '../support/transport/served-services.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function served(notes: HeldNotes, port = 0): Promise<ServedServices> {
  const services = await serve([bindService(notesService, { useValue: notes })], { port });
  closers.push(() => services.close());
  return services;
}

function client(servers: RpcClientOptions['servers'], over: Partial<RpcClientOptions> = {}) {
  const made = createRpcClient(notesService, {
    servers,
    secret: undefined,
    clock: new SystemClock(),
    logger: recordingLogger().logger,
    ...over,
  });
  closers.push(() => made.control.close());
  return made;
}

/** A port without a listener. */
async function deadPort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}

describe('a service that is down', () => {
  it('is told at once, with nothing done', async () => {
    const connectTimeoutMs = 60_000;
    const { port, control } = client([{ host: '127.0.0.1', port: await deadPort() }], { connectTimeoutMs });
    for (let n = 0; n < 3; n += 1) {
      const before = performance.now();
      await expect(port.add('x')).rejects.toMatchObject({
        code: 'storage-unreachable',
        retryAfterSeconds: 1,
        message: expect.stringContaining('Nothing was done'),
      });
      expect(performance.now() - before).toBeLessThan(connectTimeoutMs / 2);
    }
    await expect(control.reach()).rejects.toMatchObject({ code: 'storage-unreachable' });
  });

  it('that takes connections and says nothing is out of reach after the time for connecting', async () => {
    const silent: Server = createServer((socket) => closers.push(() => socket.destroy())).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closers.push(() => silent.close());
    const { port } = client([{ host: '127.0.0.1', port: (silent.address() as { port: number }).port }], {
      connectTimeoutMs: 100,
    });
    await expect(port.add('x')).rejects.toMatchObject({
      code: 'storage-unreachable',
      message: expect.stringContaining('Nothing was done'),
    });
  });

  it('is found again by itself after it came back on its port', async () => {
    const first = await serve([bindService(notesService, { useValue: new HeldNotes('first') })]);
    const { port } = client([first]);
    expect(await port.add('x')).toBe('first');
    await first.close();
    await expect(port.add('x')).rejects.toMatchObject({ code: 'storage-unreachable' });
    await served(new HeldNotes('second'), first.port);
    await vi.waitFor(async () => expect(await port.add('x')).toBe('second'));
  });

  it('is not given up for a call that had little time: others go on waiting', async () => {
    const notes = new HeldNotes();
    const { port } = client([await served(notes)]);
    const held = port.hold('long');
    await expect(port.holdBriefly('brief')).rejects.toMatchObject({ message: expect.stringContaining('in time') });
    for (const name of ['long', 'brief']) notes.letGo(name);
    expect(await held).toBe('long');
  });

  it('in the middle of a call leaves the outcome unknown, and a read only failed', async () => {
    const notes = new HeldNotes();
    const services = await served(notes);
    const { port } = client([services]);
    const held = port.hold('lost');
    const outcome = held.catch((error: unknown) => error);
    await vi.waitFor(() => expect(notes.started).toEqual(['lost']));
    const { strategy } = services.rpc;
    (strategy as unknown as { closeOpenSockets(): void }).closeOpenSockets();
    expect(await outcome).toMatchObject({ code: 'storage-unreachable' });
    notes.letGo('lost');
    expect(await port.add('next')).toBe('notes');
  });
});

describe('several servers of one service', () => {
  it('are called in turn', async () => {
    const { port } = client([await served(new HeldNotes('a')), await served(new HeldNotes('b'))]);
    const names = [await port.add('1'), await port.add('2'), await port.add('3'), await port.add('4')];
    expect(names.toSorted()).toEqual(['a', 'a', 'b', 'b']);
  });

  it('stand in for one that is down: no call that was not sent fails', async () => {
    const dead = { host: '127.0.0.1', port: await deadPort() };
    const { port } = client([dead, await served(new HeldNotes('alive'))]);
    for (let n = 0; n < 6; n += 1) expect(await port.add('x')).toBe('alive');
  });

  it('take what one on its way out refuses, and it finishes what it had', async () => {
    const leaving = new HeldNotes('leaving');
    const staying = new HeldNotes('staying');
    const first = await serve([bindService(notesService, { useValue: leaving })]);
    const { port } = client([first, await served(staying)]);
    const held = [port.hold('last'), port.hold('last')];
    await vi.waitFor(() => expect([leaving.started, staying.started]).toEqual([['last'], ['last']]));
    const closing = first.close();
    for (let n = 0; n < 4; n += 1) expect(await port.add('x')).toBe('staying');
    leaving.letGo('last');
    staying.letGo('last');
    expect(await Promise.all(held)).toEqual(['last', 'last']);
    await closing;
  });
});

describe('a service that ends under load', () => {
  it('leaves no caller in doubt: what cannot be repeated is done once, by it or by the other', async () => {
    const leaving = new HeldNotes('leaving');
    const staying = new HeldNotes('staying');
    const first = await serve([bindService(notesService, { useValue: leaving })]);
    const { port } = client([first, await served(staying)]);
    let going = true;
    let answered = 0;
    const callers = Array.from({ length: 8 }, async (_, caller) => {
      for (let n = 0; going; n += 1) {
        await port.add(`${caller}-${n}`);
        answered += 1;
      }
    });
    await vi.waitFor(() => expect(answered).toBeGreaterThan(200), { interval: 1 });
    await first.close();
    going = false;
    await Promise.all(callers);
    const done = [...leaving.started, ...staying.started];
    expect(done).toHaveLength(answered);
    expect(new Set(done).size).toBe(answered);
  });
});

describe('closing a client', () => {
  it('waits for its calls, and refuses later ones', async () => {
    const notes = new HeldNotes();
    const { port, control } = client([await served(notes)]);
    const held = port.hold('last');
    await vi.waitFor(() => expect(notes.started).toEqual(['last']));
    const closing = control.close();
    await expect(port.add('late')).rejects.toMatchObject({ code: 'not-ready' });
    notes.letGo('last');
    expect(await held).toBe('last');
    await closing;
  });
});
