import { afterEach, describe, expect, it } from 'vitest';
import { Datakeep } from '../datakeep.ts';
import { memoryOutbox } from './memory-outbox.ts';
import type { OutboxStore } from './outbox-store.ts';
import { OutboxFull } from './outbox.ts';

const note = (text: string) => ({ profile: 'diary.example/note', payload: { text } });

describe('an outbox', () => {
  const keeps: Datakeep[] = [];
  afterEach(async () => {
    for (const keep of keeps.splice(0)) await keep.close();
  });
  const outboxOn = (store: OutboxStore, answer: () => Promise<Response>, limit = 100) => {
    const keep = Datakeep.connect({
      url: 'http://keep.example',
      token: 'x',
      retries: 0,
      fetch: answer,
      outbox: { store, limit },
    });
    keeps.push(keep);
    return keep.outbox;
  };
  const away = () => Promise.reject(new Error('away'));
  const takes = async () => new Response(JSON.stringify({ accepted: 1, duplicates: 0 }));

  it('counts towards its limit what its store does not have yet', async () => {
    const store = memoryOutbox();
    let isBegun = false;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const add: OutboxStore['add'] = async (events) => {
      isBegun = true;
      await opened;
      await store.add(events);
    };
    const outbox = outboxOn({ ...store, add }, away, 2);
    const added = Promise.all([outbox.add(note('a')), outbox.add(note('b'))]);
    await expect.poll(() => isBegun).toBe(true);
    await expect(outbox.add(note('c'))).rejects.toThrow(OutboxFull);
    open();
    await added;
    expect(await outbox.pending()).toBe(2);
  });

  it('that could not store an event has its place for another', async () => {
    const store = memoryOutbox();
    let isFull = true;
    const add: OutboxStore['add'] = (events) => {
      if (isFull) throw new Error('the disk is full');
      return store.add(events);
    };
    const outbox = outboxOn({ ...store, add }, away, 1);
    await expect(outbox.add(note('a'))).rejects.toThrow('the disk is full');
    isFull = false;
    await outbox.add(note('b'));
    expect(await outbox.pending()).toBe(1);
  });

  it('goes on once its store can be read again, and says meanwhile that it cannot', async () => {
    const store = memoryOutbox();
    let isBroken = true;
    const take: OutboxStore['take'] = (limit, without) => {
      if (isBroken) throw new Error('the store cannot be read');
      return store.take(limit, without);
    };
    const outbox = outboxOn({ ...store, take }, takes);
    await outbox.add(note('a'));
    await expect(outbox.flush()).rejects.toThrow('the store cannot be read');
    isBroken = false;
    await outbox.flush();
    expect(await outbox.pending()).toBe(0);
  });

  it('waits, where it is flushed, for what was added while its store was read', async () => {
    const store = memoryOutbox();
    let asked: (() => void) | undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    let isFirst = true;
    const take: OutboxStore['take'] = async (limit, without) => {
      const taken = await store.take(limit, without);
      if (!isFirst) return taken;
      isFirst = false;
      asked?.();
      await opened;
      return taken;
    };
    const outbox = outboxOn({ ...store, take }, takes);
    await isAsked;
    await outbox.add(note('a'));
    const flushed = outbox.flush().then(() => outbox.pending());
    // The flush is there once its own wait has gone by.
    await Promise.resolve();
    open();
    expect(await flushed).toBe(0);
  });

  it('that is closed is not waited for', async () => {
    const outbox = outboxOn(memoryOutbox(), takes);
    await outbox.close();
    await expect(outbox.flush()).rejects.toThrow('closed');
    await expect(outbox.add(note('a'))).rejects.toThrow('closed');
  });
});
