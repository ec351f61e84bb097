import { maxEventsTextBytes } from '@datakeep/contracts';
import { ManualClock } from '@datakeep/kernel/testing';
import { describe, expect, test } from 'vitest';
import { eventLines } from './export-lines.ts';
import { LineChunks, type LineChunk } from './line-chunks.ts';

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function chunksOf(bytes: Buffer | string, size = 64 * 1024): Promise<LineChunk[]> {
  const chunks: LineChunk[] = [];
  for await (const chunk of new LineChunks(pieces(Buffer.from(bytes), size), new ManualClock())) chunks.push(chunk);
  return chunks;
}

describe('lines of a stream', () => {
  test.each([1, 2, 3, 7, 1000])('are the same in pieces of %i bytes', async (size) => {
    const lines = ['a', '', 'é😀', 'the last has no end'];
    const [chunk, ...more] = await chunksOf(lines.join('\n'), size);
    expect(chunk).toEqual({ first: 1, lines });
    expect(more).toEqual([]);
  });

  test('come in chunks of 1,000, numbered from the start', async () => {
    const chunks = await chunksOf(`${Array.from({ length: 2500 }, (_, n) => `${n}`).join('\n')}\n`);
    expect(chunks.map(({ first, lines }) => [first, lines.length, lines[0]])).toEqual([
      [1, 1000, '0'],
      [1001, 1000, '1000'],
      [2001, 500, '2000'],
    ]);
  });

  test('come in chunks of some MiB where they are long', async () => {
    const chunks = await chunksOf(`${'x'.repeat(900_000)}\n`.repeat(20));
    expect(Math.max(...chunks.map((chunk) => chunk.lines.length))).toBeLessThanOrEqual(6);
    expect(chunks.reduce((sum, chunk) => sum + chunk.lines.length, 0)).toBe(20);
  });

  test('end before one that is too long', async () => {
    const good = 'x'.repeat(maxEventsTextBytes);
    expect((await chunksOf(`${good}\n`)).map((chunk) => chunk.fault)).toEqual([undefined]);
    for (const text of [`a\n${good}x\nb\n`, `a\n${good}x`]) {
      const [chunk] = await chunksOf(text);
      expect(chunk?.lines).toEqual(['a']);
      expect(chunk?.fault).toMatchObject({ line: 2, error: { code: 'body-too-large' } });
    }
  });

  test('end before one that is not UTF-8', async () => {
    const [chunk] = await chunksOf(
      Buffer.concat([Buffer.from('é\nb\n'), Buffer.from([0xff, 0x0a]), Buffer.from('c\n')]),
    );
    expect(chunk?.lines).toEqual(['é', 'b']);
    expect(chunk?.fault).toMatchObject({ line: 3, error: { code: 'unreadable-body' } });
  });

  test('that are there are not held back while no more come', async () => {
    const clock = new ManualClock();
    const wait = Promise.withResolvers<undefined>();
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a\nb');
      await wait.promise;
      yield Buffer.from('c\n');
    };
    const chunks = new LineChunks(slow(), clock)[Symbol.asyncIterator]();
    const first = chunks.next();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    await clock.advance(1000);
    expect((await first).value).toEqual({ first: 1, lines: ['a'] });
    wait.resolve(undefined);
    expect((await chunks.next()).value).toEqual({ first: 2, lines: ['bc'] });
  });
});

test('a page of events is cut into lines without being parsed', () => {
  const events = [{ a: 'x,}{"\\', b: [{ c: 1 }, { d: '\\"' }] }, {}, { 'e"': '\\\\' }];
  expect(eventLines(JSON.stringify(events))).toBe(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
});
