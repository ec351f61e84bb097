import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader, type TextFrame } from './text-frame.ts';

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    const message = fc.dictionary(
      fc.string({ unit: 'grapheme' }),
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean()),
      {
        noNullPrototype: true,
      },
    );
    const frames = fc.array(fc.record({ message, text: fc.string({ unit: 'grapheme', maxLength: 200 }) }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (given, cuts) => {
        const stream = Buffer.concat(given.map(({ message: json, text }) => encodeFrame(json, text)));
        const reader = new FrameReader(100_000);
        const read: TextFrame[] = [];
        // One buffer for all that is read, as a socket may have it.
        const buffer = Buffer.alloc(Math.max(...cuts));
        for (let at = 0, n = 0; at < stream.length; n += 1) {
          const length = stream.copy(buffer, 0, at, at + cuts[n % cuts.length]!);
          reader.push(buffer.subarray(0, length), (frame) => read.push(frame));
          at += length;
        }
        expect(read.map(({ message: json, text }) => ({ message: JSON.stringify(json), text }))).toEqual(
          given.map(({ message: json, text }) => ({ message: JSON.stringify(JSON.parse(JSON.stringify(json))), text })),
        );
      }),
    );
  });

  it('keep the length of a text with half a surrogate pair', () => {
    const read: string[] = [];
    new FrameReader(1000).push(encodeFrame({}, 'a\uD800b'), ({ text }) => read.push(text));
    expect(read).toEqual(['a\uFFFDb']);
  });

  it('of the largest size are read, and one byte more is refused before it has come', () => {
    const frame = encodeFrame({}, 'x'.repeat(90));
    const read: TextFrame[] = [];
    new FrameReader(frame.length).push(frame, (one) => read.push(one));
    expect(read).toHaveLength(1);
    expect(() => new FrameReader(frame.length - 1).push(frame.subarray(0, 4), (one) => read.push(one))).toThrow(
      `a frame of ${frame.length} bytes`,
    );
  });
});
