/**
 * The one channel between supervisor and view process (fd 3, a socket pair): frames of
 * `u32 body length, u8 kind, u32 id` (little endian) and the body. Not Node's IPC: that reads a line of any length
 * before anyone can refuse it, and parses it as JSON; here the length is checked before the body is read, and JSON
 * text passes through unparsed.
 */
export const headerBytes = 9;

/** Nesting of a result that the keep reads anywhere. */
export const maxResultDepth = 64;

export const frameKinds = {
  /** To the process. JSON `{ entry, files }`: binds it to one source. */
  load: 1,
  /** u32 result limit, u32 log limit, then the parameters' JSON text; the id is the run's. */
  run: 2,
  /** JSON text that answers the call of that id. */
  answer: 3,
  /** JSON `{ code, message }` that refuses the call of that id. */
  refusal: 4,
  /** JSON `{ entry, files }`: compile all, run none. */
  check: 5,
  /**
   * Answers the `fetch` of that id (a `refusal` is the other answer): u32 length of the head, the head as JSON
   * `FetchAnswerHead`, then the body's bytes as received.
   */
  response: 7,
  /** From the process. Empty. */
  ready: 16,
  /** u8 index in the broker's methods, then the arguments' JSON text; the id is the call's. */
  call: 17,
  /** u8 index in the levels, then the text; the id is the run's. */
  log: 18,
  /** f64 CPU ms, u8 whether something was left over, u32 log bytes dropped, then the result's JSON text. */
  result: 19,
  /** JSON `RunnerFailure`. */
  failed: 20,
  /** JSON list of `{ path, message, line?, column? }`; empty: all compiled. */
  checked: 21,
  /**
   * `fetch` or `urllib` in view code, which has no socket: u32 length of the head, the head as JSON `FetchHead`, then
   * the body's bytes. The id is of the same sequence as the ids of `call`.
   * The supervisor answers with one `response` (whatever its status) or with one `refusal`: `view-network-denied` for
   * everything but the event routes of `dataEndpoint` (data-endpoint.ts) and for redirects, `view-fetch-failed` when
   * the endpoint is unreachable.
   */
  fetch: 22,
  /**
   * From a process that forks for each run, when the run's child has exited: f64 CPU ms, u32 peak resident KiB, i32
   * exit code or minus the signal.
   */
  ended: 23,
  /** From the same: u8 0 stdout or 1 stderr, then what the child wrote there past its language's own print. */
  output: 24,
} as const;

/** JSON bytes of one call's arguments. */
export const maxArgumentBytes = 4 * 1024 * 1024;
/** JSON bytes of the head of a `fetch`; its body may be as large as a call's arguments. */
export const maxFetchHeadBytes = 64 * 1024;
/** Bytes before the head in a `fetch` or `response` body. */
export const headLengthBytes = 4;
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
/** Bytes of an `ended` body, and the most of an `output` body. */
export const endBytes = 16;
export const maxOutputBytes = 65_536;
/** Bytes before the JSON text in a `result` body. */
export const resultPrefixBytes = 13;

export interface FetchHead {
  /** Upper case. */
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface FetchAnswerHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The three parts of a `fetch` or `response` body, for `encodeFrame`. */
export function fetchParts(
  head: FetchHead | FetchAnswerHead,
  body: string | Uint8Array,
): [Uint8Array, Uint8Array, string | Uint8Array] {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(headLengthBytes);
  length.writeUInt32LE(text.length);
  return [length, text, body];
}

/** Undefined: that is no such body. The head is JSON of whatever shape. */
export function readFetchParts(body: Buffer): { readonly head: unknown; readonly body: Buffer } | undefined {
  if (body.length < headLengthBytes) return undefined;
  const end = headLengthBytes + body.readUInt32LE(0);
  if (end > body.length) return undefined;
  try {
    return { head: JSON.parse(body.toString('utf8', headLengthBytes, end)), body: body.subarray(end) };
  } catch {
    return undefined;
  }
}

export interface RunnerFailure {
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly cpuMs: number;
  readonly logBytesDropped: number;
}

export interface CheckComplaint {
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export interface SourceBundle {
  readonly entry: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** One frame, ready to be written; `parts` are joined as the body. */
export function encodeFrame(kind: number, id: number, ...parts: (string | Uint8Array)[]): Buffer {
  let length = 0;
  for (const part of parts) length += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt8(kind, 4);
  frame.writeUInt32LE(id, 5);
  let at = headerBytes;
  for (const part of parts) {
    if (typeof part === 'string') at += frame.write(part, at);
    else {
      frame.set(part, at);
      at += part.length;
    }
  }
  return frame;
}

export class FrameTooLarge extends Error {
  readonly kind: number;
  readonly length: number;

  constructor(kind: number, length: number) {
    super(`a frame of kind ${kind} with ${length} bytes`);
    this.kind = kind;
    this.length = length;
  }
}

/** Cuts a byte stream into frames. Holds at most one unfinished frame, never longer than `limitOf` its kind allows. */
export class FrameReader {
  readonly #limitOf: (kind: number) => number;
  readonly #onFrame: (kind: number, id: number, body: Buffer) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted = headerBytes;
  #checked = false;

  constructor(limitOf: (kind: number) => number, onFrame: (kind: number, id: number, body: Buffer) => void) {
    this.#limitOf = limitOf;
    this.#onFrame = onFrame;
  }

  /** Throws `FrameTooLarge` as soon as a header announces more than is allowed. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes >= this.#wanted) {
      const data = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      this.#chunks = [data];
      if (!this.#checked) {
        const length = data.readUInt32LE(0);
        const kind = data.readUInt8(4);
        if (length > this.#limitOf(kind)) throw new FrameTooLarge(kind, length);
        this.#checked = true;
        this.#wanted = headerBytes + length;
        continue;
      }
      const end = this.#wanted;
      const rest = data.subarray(end);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#bytes = rest.length;
      this.#wanted = headerBytes;
      this.#checked = false;
      this.#onFrame(data.readUInt8(4), data.readUInt32LE(5), data.subarray(headerBytes, end));
    }
  }
}
