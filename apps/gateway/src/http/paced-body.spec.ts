import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '@datakeep/kernel/testing';
import { describe, expect, test } from 'vitest';
import { pacedBody } from './paced-body.ts';

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return found;
}

/** What a body is refused with. */
const refusalOf = (read: Promise<unknown>): Promise<unknown> =>
  read.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Lets the stream's pending callbacks run. */
async function turns(): Promise<void> {
  for (let count = 0; count < 5; count += 1) await turn();
}

describe('a streamed body', () => {
  test('comes through as it is', async () => {
    const body = new PassThrough();
    body.end('some bytes');
    const chunks = await all(pacedBody(body, new ManualClock()));
    expect(Buffer.concat(chunks).toString()).toBe('some bytes');
  });

  test('is ended after 10 s of nothing', async () => {
    const clock = new ManualClock();
    const read = all(pacedBody(new PassThrough(), clock));
    const refused = refusalOf(read);
    await turns();
    await clock.advance(10_000);
    expect(await refused).toMatchObject({ code: 'body-too-slow', status: 408 });
  });

  test('of one byte a second is ended after 30 s', async () => {
    const clock = new ManualClock();
    const body = new PassThrough();
    const read = all(pacedBody(body, clock));
    const refused = refusalOf(read);
    for (let second = 0; second < 30; second += 1) {
      await turns();
      await clock.advance(1000);
      body.write('x');
    }
    await turns();
    expect(await refused).toMatchObject({ code: 'body-too-slow' });
  });

  test('is not held against its sender while nobody reads', async () => {
    const clock = new ManualClock();
    const body = new PassThrough();
    const chunks = pacedBody(body, clock);
    for (let minute = 0; minute < 3; minute += 1) {
      body.write('x');
      expect((await chunks.next()).value?.toString()).toBe('x');
      await clock.advance(60_000);
    }
    body.end();
    expect((await chunks.next()).done).toBe(true);
  });

  test('of a connection that is lost is unreadable', async () => {
    const body = new PassThrough();
    const read = all(pacedBody(body, new ManualClock()));
    body.destroy(new Error('reset'));
    await expect(read).rejects.toMatchObject({ code: 'unreadable-body' });
  });
});
