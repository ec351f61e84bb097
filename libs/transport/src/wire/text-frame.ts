/**
 * The frame on the wire: a message as JSON, and one text beside it, so that JSON text (payloads, pages of events) is never put into a JSON string and escaped again.
 *
 *     u32 BE  bytes that follow
 *     u32 BE  bytes of the message
 *     message JSON object, UTF-8
 *     text    UTF-8, the rest; may be empty
 */
export interface TextFrame {
  readonly message: Record<string, unknown>;
  readonly text: string;
  /** Bytes of the whole frame. */
  readonly bytes: number;
}

const prefixBytes = 8;

/** One buffer with the whole frame. A text that is not well-formed UTF-16 has U+FFFD where it was broken; its length stays. */
export function encodeFrame(message: object, text: string): Buffer {
  const json = JSON.stringify(message);
  const messageBytes = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(prefixBytes + messageBytes + Buffer.byteLength(text));
  frame.writeUInt32BE(frame.length - 4, 0);
  frame.writeUInt32BE(messageBytes, 4);
  frame.write(json, prefixBytes, 'utf8');
  frame.write(text, prefixBytes + messageBytes, 'utf8');
  return frame;
}

/** What came is no frame, or larger than allowed. The connection cannot be read any further. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Cuts a stream of bytes into frames. Holds at most one frame of `maxBytes`, and nothing of what it is given: a chunk may be overwritten afterwards. */
export class FrameReader {
  /** Largest frame in bytes; may be changed between frames. */
  maxBytes: number;
  /** Bytes that follow, as far as they have come. */
  readonly #length = Buffer.alloc(4);
  #lengthRead = 0;
  /** A frame that has not come to its end, and what has come of it. */
  #frame: Buffer | undefined;
  #frameRead = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Calls `take` for every frame that is complete now. Throws `FrameError`. */
  push(chunk: Buffer, take: (frame: TextFrame) => void): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#frame === undefined && this.#lengthRead === 0 && chunk.length - at >= 4) {
        const end = at + this.#bytes(chunk.readUInt32BE(at));
        // Whole frames are read where they lie.
        if (end <= chunk.length) {
          take(decode(chunk.subarray(at, end)));
          at = end;
          continue;
        }
      }
      at += this.#keep(chunk, at);
      const frame = this.#frame;
      if (frame === undefined || this.#frameRead < frame.length) continue;
      this.#frame = undefined;
      take(decode(frame));
    }
  }

  /** Copies what belongs to the frame that has begun, or to its length; answers how many bytes these were. */
  #keep(chunk: Buffer, at: number): number {
    if (this.#frame !== undefined) {
      const copied = chunk.copy(this.#frame, this.#frameRead, at);
      this.#frameRead += copied;
      return copied;
    }
    const copied = chunk.copy(this.#length, this.#lengthRead, at);
    this.#lengthRead += copied;
    if (this.#lengthRead < 4) return copied;
    this.#frame = Buffer.allocUnsafe(this.#bytes(this.#length.readUInt32BE(0)));
    this.#frameRead = this.#length.copy(this.#frame);
    this.#lengthRead = 0;
    return copied;
  }

  /** Of a whole frame. */
  #bytes(following: number): number {
    const bytes = 4 + following;
    if (bytes > this.maxBytes) throw new FrameError(`a frame of ${bytes} bytes, more than ${this.maxBytes}`);
    if (bytes < prefixBytes) throw new FrameError('a frame without a message');
    return bytes;
  }
}

function decode(frame: Buffer): TextFrame {
  const end = prefixBytes + frame.readUInt32BE(4);
  if (end > frame.length) throw new FrameError('a message longer than its frame');
  let message: unknown;
  try {
    message = JSON.parse(frame.toString('utf8', prefixBytes, end));
  } catch (cause) {
    throw new FrameError('a message that is no JSON', { cause });
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw new FrameError('a message that is no object');
  return { message: message as Record<string, unknown>, text: frame.toString('utf8', end), bytes: frame.length };
}
