import { describe, expect, it } from 'vitest';
import { eventsOf } from './server-sent-events.ts';

/** The text in pieces of this many bytes. */
function bodyOf(text: string, bytes: number): ReadableStream<Uint8Array> {
  const all = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < all.length; at += bytes) controller.enqueue(all.slice(at, at + bytes));
      controller.close();
    },
  });
}

describe('server-sent events', () => {
  it.each([1, 2, 3, 7, 1000])('are read from pieces of %i bytes', async (bytes) => {
    const text =
      'retry: 1000\n\n: beat\nid: p0\n\nevent: created\r\nid: p1\r\ndata: {"a":"ř🐎"}\r\n\r\n' +
      'data: one\rdata:two\r\rdata:  spaced\n\n\nevent: lost\ndata: without its end';
    const found = [];
    for await (const event of eventsOf(bodyOf(text, bytes))) found.push(event);
    expect(found).toEqual([
      { type: 'beat', data: '', lastId: undefined },
      { type: 'beat', data: '', lastId: 'p0' },
      { type: 'created', data: '{"a":"ř🐎"}', lastId: 'p1' },
      { type: 'message', data: 'one\ntwo', lastId: 'p1' },
      { type: 'message', data: ' spaced', lastId: 'p1' },
      { type: 'beat', data: '', lastId: 'p1' },
    ]);
  });
});
