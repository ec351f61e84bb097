import { isAscii, isUtf8 } from 'node:buffer';
import { maxEventsTextBytes } from '@datakeep/contracts';
import { DatakeepError, within, type Clock } from '@datakeep/kernel';

/** A chunk is what is stored together: it ends with whichever of these is reached first. */
export const chunkLines = 1000;
const chunkUnits = 4 * 1024 * 1024;
/** Lines that are there are not held back for longer than this while no more come, ms. */
const flushMs = 1000;

const newline = 0x0a;

export interface LineChunk {
  /** Number of the first of the lines, from 1. */
  readonly first: number;
  readonly lines: readonly string[];
  /** Why no line follows: the one after these is at fault, or the stream is. */
  readonly fault?: { readonly error: DatakeepError; readonly line?: number };
}

/**
 * Cuts a stream of bytes into chunks of lines, without line ends. Buffers one chunk and one line. The last line needs
 * no line end.
 */
export class LineChunks {
  readonly #body: AsyncIterator<Uint8Array>;
  #lines: string[] = [];
  #units = 0;
  #first = 1;
  /**
   * The first `#tailBytes` hold the line without an end so far. Copied into one buffer: a line may come in very small
   * pieces.
   */
  #tail = Buffer.alloc(0);
  #tailBytes = 0;

  constructor(
    body: AsyncIterable<Uint8Array>,
    private readonly clock: Clock,
  ) {
    this.#body = body[Symbol.asyncIterator]();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LineChunk, void, undefined> {
    try {
      yield* this.#chunks();
    } finally {
      await this.#body.return?.();
    }
  }

  async *#chunks(): AsyncGenerator<LineChunk, void, undefined> {
    try {
      for (;;) {
        const next = this.#body.next();
        // A reader that stops meanwhile leaves no rejection unhandled.
        next.catch(() => undefined);
        if (this.#lines.length > 0 && (await within(this.clock, flushMs, next)) === undefined) yield this.#take();
        const { done, value } = await next;
        if (done === true) break;
        this.#push(value);
        while (this.#lines.length >= chunkLines || this.#units >= chunkUnits) yield this.#take();
      }
      if (this.#tailBytes > 0) this.#addBlock(this.#cutTail());
    } catch (error) {
      const known = error instanceof LineFault ? error.error : DatakeepError.from(error);
      if (known === undefined) throw error;
      const line = error instanceof LineFault ? { line: this.#first + this.#lines.length } : {};
      while (this.#lines.length > chunkLines) yield this.#take();
      yield { ...this.#take(), fault: { error: known, ...line } };
      return;
    }
    while (this.#lines.length > 0) yield this.#take();
  }

  #take(): LineChunk {
    const lines = this.#lines.length <= chunkLines ? this.#lines : this.#lines.slice(0, chunkLines);
    const chunk = { first: this.#first, lines };
    this.#first += lines.length;
    this.#lines = this.#lines.length <= chunkLines ? [] : this.#lines.slice(chunkLines);
    this.#units = 0;
    for (const line of this.#lines) this.#units += line.length;
    return chunk;
  }

  #push(bytes: Uint8Array): void {
    const end = bytes.lastIndexOf(newline);
    if (end >= 0) {
      // Only the first line of a block can hold what came before it: the others are inside one read of the socket.
      if (this.#tailBytes + bytes.indexOf(newline) > maxEventsTextBytes) throw tooLong();
      const head = bytes.subarray(0, end);
      const block = this.#tailBytes === 0 ? Buffer.from(head) : Buffer.concat([this.#cutTail(), head]);
      this.#addBlock(block);
    }
    const rest = bytes.subarray(end + 1);
    if (this.#tailBytes + rest.length > maxEventsTextBytes) throw tooLong();
    this.#keep(rest);
  }

  #keep(rest: Uint8Array): void {
    const wanted = this.#tailBytes + rest.length;
    if (wanted > this.#tail.length) {
      const larger = Buffer.allocUnsafe(Math.max(wanted, Math.min(2 * this.#tail.length, maxEventsTextBytes)));
      this.#tail.copy(larger, 0, 0, this.#tailBytes);
      this.#tail = larger;
    }
    this.#tail.set(rest, this.#tailBytes);
    this.#tailBytes = wanted;
  }

  #cutTail(): Buffer {
    const tail = this.#tail.subarray(0, this.#tailBytes);
    this.#tailBytes = 0;
    return tail;
  }

  /** Whole lines, their ends between them. */
  #addBlock(block: Buffer): void {
    if (isAscii(block)) return this.#addText(block.toString('latin1'));
    if (isUtf8(block)) return this.#addText(block.toString('utf8'));
    for (let start = 0; start <= block.length;) {
      const found = block.indexOf(newline, start);
      const line = block.subarray(start, found < 0 ? block.length : found);
      if (!isUtf8(line)) throw new LineFault(new DatakeepError('unreadable-body', 'The line is not UTF-8.'));
      this.#addText(line.toString('utf8'));
      start = (found < 0 ? block.length : found) + 1;
    }
  }

  #addText(text: string): void {
    this.#units += text.length;
    if (!text.includes('\n')) this.#lines.push(text);
    else for (const line of text.split('\n')) this.#lines.push(line);
  }
}

/** A line that cannot be taken, as distinct from a stream that ended. */
class LineFault extends Error {
  readonly error: DatakeepError;

  constructor(error: DatakeepError) {
    super(error.message);
    this.error = error;
  }
}

function tooLong(): LineFault {
  return new LineFault(
    new DatakeepError('body-too-large', `A line has more than ${maxEventsTextBytes} bytes, or no end.`),
  );
}
