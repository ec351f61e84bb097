import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';

/**
 * The web streams of Node and of the DOM are the same objects under two types, of which packages for browsers take the
 * DOM's. Only here one type is taken for the other.
 */
type WebStream<T> = globalThis.ReadableStream<T>;

export function toWeb(readable: Readable): WebStream<Uint8Array> {
  return Readable.toWeb(readable) as unknown as WebStream<Uint8Array>;
}

export function fromWeb(stream: WebStream<Uint8Array>): Readable {
  return Readable.fromWeb(stream as unknown as NodeStream<Uint8Array>);
}

export function chunksOf<T>(stream: WebStream<T>): AsyncIterable<T> {
  return stream as unknown as NodeStream<T>;
}
