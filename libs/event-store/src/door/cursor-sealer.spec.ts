import { randomBytes } from 'node:crypto';
import { ManualClock } from '@datakeep/kernel/testing';
import { describe, expect, it } from 'vitest';
import { HmacCursorSealer } from './cursor-sealer.ts';

const hour = 60 * 60 * 1000;
const refused = expect.objectContaining({
  code: 'invalid',
  errors: [expect.objectContaining({ pointer: '/cursor', code: 'cursor' })],
});

describe('a cursor', () => {
  const clock = new ManualClock();
  const sealer = new HmacCursorSealer(randomBytes(32), clock);
  const position = { values: ['é\u{1f600}', 1, null, true], id: '0'.repeat(24) };

  it('gives back what was sealed, for the same scope', () => {
    const cursor = sealer.seal('app:1 query', position);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
    expect(sealer.open('app:1 query', cursor, '/cursor')).toEqual(position);
  });

  it('is refused for another scope', () => {
    const cursor = sealer.seal('app:1 query', position);
    expect(() => sealer.open('app:2 query', cursor, '/cursor')).toThrow(refused);
  });

  it('is refused by a keep with another key', () => {
    const other = new HmacCursorSealer(randomBytes(32), clock);
    expect(() => other.open('s', sealer.seal('s', position), '/cursor')).toThrow(refused);
  });

  it('is good for 24 hours', async () => {
    const cursor = sealer.seal('s', position);
    await clock.advance(24 * hour - 1);
    expect(sealer.open('s', cursor, '/cursor')).toEqual(position);
    await clock.advance(1);
    expect(() => sealer.open('s', cursor, '/cursor')).toThrow(refused);
  });

  it('is refused with any character changed, and whatever else it may be', () => {
    const cursor = sealer.seal('s', 1);
    for (let at = 0; at < cursor.length - 1; at++) {
      const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`;
      expect(() => sealer.open('s', changed, '/cursor')).toThrow(refused);
    }
    for (const garbage of [
      '',
      '.',
      'x',
      `${'é'.repeat(50)}.${'é'.repeat(43)}`,
      `.${cursor.slice(-43)}`,
      cursor.slice(0, -1),
      `${cursor}=`,
    ])
      expect(() => sealer.open('s', garbage, '/cursor')).toThrow(refused);
  });

  it('needs a key of 32 bytes', () => {
    expect(() => new HmacCursorSealer(Buffer.alloc(31), clock)).toThrow(RangeError);
  });
});
