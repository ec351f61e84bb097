/**
 * What the runner lends to a realm. Only primitives and the realm's own objects pass; none of these functions throws
 * but where it says so, because an error made outside would hand the outer realm to view code.
 */
export interface Bridge {
  /** Asks the keep. Calls back once, unless the run is over. */
  ask(method: string, argumentsJson: string, answered: (json: string) => void, refused: (code: string, message: string) => void): void;
  /** Asks `dataEndpoint` (frames.ts `FetchHead` as JSON). Calls back once, unless the run is over; `body` is the runner's and must be copied. */
  fetch(
    headJson: string,
    body: string | Uint8Array,
    answered: (headJson: string, body: Uint8Array) => void,
    refused: (code: string, message: string) => void,
  ): void;
  /** Remembers that `error` came from the keep or the loader, and its code. */
  mark(error: object, code: string): void;
  log(level: number, values: unknown[]): void;
  setTimer(callback: () => void, delayMs: number, repeat: boolean): number;
  clearTimer(id: number): void;
  microtask(callback: () => void): void;
  done(value: unknown): void;
  failed(error: unknown): void;

  /** JSON of the URL's parts, or undefined. `base` may be empty. */
  parseUrl(href: string, base: string): string | undefined;
  /** The href after setting one part. */
  setUrlPart(href: string, part: string, value: string): string;
  /** JSON of the pairs of a query string, and back. */
  parseQuery(text: string): string;
  formatQuery(pairsJson: string): string;

  /** Writes UTF-8 into `target`: code units read * 2^26 + bytes written. */
  encodeInto(text: string, target: Uint8Array): number;
  /** Negative: no such encoding. */
  openDecoder(label: string, fatal: boolean, ignoreBOM: boolean): number;
  decoderLabel(id: number): string;
  /** Undefined: the bytes are not valid in that encoding. */
  decode(id: number, bytes: unknown, stream: boolean): string | undefined;

  /** Empty, or the name of what went wrong. */
  fillRandom(target: unknown): string;
  randomUuid(): string;
  /** One `crypto.subtle` method. `arguments` may hold key numbers as `{ key: n }` wrappers made by the realm. */
  subtle(
    method: string,
    values: unknown[],
    resolved: (kind: 'bytes' | 'key' | 'json', value: unknown) => void,
    rejected: (name: string, message: string) => void,
  ): void;
}
