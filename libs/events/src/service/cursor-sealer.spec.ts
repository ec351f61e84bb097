import { randomBytes } from 'node:crypto';
import { ManualClock } from '@datakeep/kernel/testing';
import { describe, expect, it } from 'vitest';
import { EncryptedCursorSealer } from './cursor-sealer.ts';

const hour = 60 * 60 * 1000;
const refused = expect.objectContaining({
  code: 'invalid',
  errors: [expect.objectContaining({ pointer: '/cursor', code: 'cursor' })],
});

describe('a cursor', () => {
  const clock = new ManualClock();
  const key = randomBytes(32);
  const sealer = new EncryptedCursorSealer(() => [key], clock);
  const position = { values: ['é\u{1f600}', 1, null, true], id: '0'.repeat(24) };

  it('gives back what was sealed, for the same scope', () => {
    for (const sealed of [position, '123.456', 'é'.repeat(100), null]) {
      const cursor = sealer.seal('app:1 query', sealed);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(sealer.open('app:1 query', cursor, '/cursor')).toEqual(sealed);
    }
  });

  it('reveals nothing of its content: all positions are equally long, and none is sealed alike twice', () => {
    const places = ['0', '7', '7', '123456789012345', '123456789012345.999999999999999'];
    const sealed = places.map((place) => sealer.seal('s', place, Infinity));
    expect(new Set(sealed.map((cursor) => cursor.length)).size).toBe(1);
    expect(new Set(sealed).size).toBe(places.length);
    const inside = Buffer.from(sealer.seal('s', { id: 'abcdef' }), 'base64url').toString('latin1');
    expect(inside).not.toContain('abcdef');
    // No byte stays from one to the next but by chance: with 48 of them equal, the content would be in clear.
    const [one, other] = sealed.slice(1, 3).map((cursor) => Buffer.from(cursor, 'base64url')) as [Buffer, Buffer];
    expect(one.filter((byte, at) => byte === other[at]).length).toBeLessThan(20);
  });

  it('is refused for another scope', () => {
    const cursor = sealer.seal('app:1 query', position);
    expect(() => sealer.open('app:2 query', cursor, '/cursor')).toThrow(refused);
  });

  it('is refused by a keep with another key, and opened by one whose former key it is', () => {
    const cursor = sealer.seal('s', position);
    const next = randomBytes(32);
    expect(() => new EncryptedCursorSealer(() => [next], clock).open('s', cursor, '/cursor')).toThrow(refused);
    const rotated = new EncryptedCursorSealer(() => [next, key], clock);
    expect(rotated.open('s', cursor, '/cursor')).toEqual(position);
    expect(() => sealer.open('s', rotated.seal('s', position), '/cursor')).toThrow(refused);
  });

  it('is good for 24 hours, or for as long as it says', async () => {
    const cursor = sealer.seal('s', position);
    const lasting = sealer.seal('s', position, Infinity);
    await clock.advance(24 * hour - 1);
    expect(sealer.open('s', cursor, '/cursor')).toEqual(position);
    await clock.advance(1);
    expect(() => sealer.open('s', cursor, '/cursor')).toThrow(refused);
    await clock.advance(1000 * hour);
    expect(sealer.open('s', lasting, '/cursor')).toEqual(position);
  });

  it('is refused with any character changed, and whatever else it may be', () => {
    const cursor = sealer.seal('s', 1);
    for (let at = 0; at < cursor.length; at++) {
      const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`;
      expect(() => sealer.open('s', changed, '/cursor')).toThrow(refused);
    }
    for (const garbage of [
      '',
      '.',
      'x',
      'é'.repeat(50),
      cursor.slice(0, -1),
      cursor.slice(0, 37),
      `${cursor}=`,
      `${cursor} `,
    ])
      expect(() => sealer.open('s', garbage, '/cursor')).toThrow(refused);
  });

  it('needs a key of 32 bytes', () => {
    expect(() => new EncryptedCursorSealer(() => [Buffer.alloc(31)], clock)).toThrow(RangeError);
    expect(() => new EncryptedCursorSealer(() => [], clock)).toThrow(RangeError);
  });
});
