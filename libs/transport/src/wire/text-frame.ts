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

/** Cuts a stream of bytes into frames. Holds at most one frame of `maxBytes`. */
export class FrameReader {
  /** Largest frame in bytes; may be changed between frames. */
  maxBytes: number;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes of the frame being read, its prefix included; 0 while that is not known. */
  #wanted = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Calls `take` for every frame that is complete now. Throws `FrameError`. */
  push(chunk: Buffer, take: (frame: TextFrame) => void): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    for (;;) {
      if (this.#wanted === 0) {
        if (this.#held < 4) return;
        this.#wanted = 4 + this.#head(4).readUInt32BE(0);
        if (this.#wanted > this.maxBytes) throw new FrameError(`a frame of ${this.#wanted} bytes, more than ${this.maxBytes}`);
        if (this.#wanted < prefixBytes) throw new FrameError('a frame without a message');
      }
      if (this.#held < this.#wanted) return;
      const frame = this.#cut(this.#wanted);
      this.#wanted = 0;
      take(decode(frame));
    }
  }

  /** The first `length` bytes held, in one buffer, which becomes the first chunk. */
  #head(length: number): Buffer {
    let first = this.#chunks[0]!;
    if (first.length < length) {
      first = Buffer.concat(this.#chunks);
      this.#chunks = [first];
    }
    return first;
  }

  #cut(length: number): Buffer {
    const joined = this.#chunks.length > 1;
    const all = joined ? Buffer.concat(this.#chunks, this.#held) : this.#chunks[0]!;
    this.#held -= length;
    const rest = all.subarray(length);
    // A copy of the little that is left lets go of the large buffer.
    this.#chunks = this.#held === 0 ? [] : [joined ? Buffer.from(rest) : rest];
    return all.subarray(0, length);
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
  if (typeof message !== 'object' || message === null || Array.isArray(message)) throw new FrameError('a message that is no object');
  return { message: message as Record<string, unknown>, text: frame.toString('utf8', end), bytes: frame.length };
}
