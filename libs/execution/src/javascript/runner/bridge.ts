/**
 * What the runner lends to a realm. Only primitives and the realm's own objects pass, in both directions: view code may have replaced every built-in that the realm's side of the bridge
 * uses, and so sees whatever passes. None of these functions throws but where it says so, because an error made outside would hand the outer realm to view code.
 */
export interface Bridge {
  /** Asks the keep. Calls back once, unless the run is over. */
  ask(
    method: string,
    argumentsJson: string,
    answered: (json: string) => void,
    refused: (code: string, message: string) => void,
  ): void;
  /** Asks `dataEndpoint` (frames.ts `FetchHead` as JSON). Calls back once, unless the run is over. */
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
  /**
   * One `crypto.subtle` method. `makeKey` makes the realm's handle of a key from what may be known of it (type, extractable, algorithm, usages as JSON text); `values` may hold such
   * handles, one level into an algorithm as well (`{ name: 'ECDH', public: key }`). Of a `pair` the value is the private key and the second the public one.
   */
  subtle(
    method: string,
    values: unknown[],
    makeKey: (json: string) => object,
    resolved: (kind: 'bytes' | 'key' | 'pair' | 'json', value: unknown, second?: unknown) => void,
    rejected: (name: string, message: string) => void,
  ): void;
}
