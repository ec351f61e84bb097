import type { Readable } from 'node:stream';
import { DatakeepError, within, type Clock } from '@datakeep/kernel';

/** Longest wait for the next bytes of a streamed body, ms. */
const idleMs = 10_000;
/** The rate is checked each time this much waiting has accumulated, ms. Time without a read does not count. */
const windowMs = 30_000;
/** Bytes for each second of waiting. */
const leastRate = 1024;

/**
 * The bytes of a streamed body. Ends it with `body-too-slow` for a sender that makes the keep wait, and with
 * `unreadable-body` where the connection is lost.
 */
export async function* pacedBody(body: Readable, clock: Clock): AsyncGenerator<Uint8Array, void, undefined> {
  let waitedMs = 0;
  let bytes = 0;
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>;
  for (;;) {
    const began = clock.monotonic();
    const { done, value } = await withinIdle(chunks, clock);
    if (done === true) return;
    waitedMs += clock.monotonic() - began;
    bytes += value.length;
    if (waitedMs >= windowMs) {
      if (bytes * 1000 < leastRate * waitedMs)
        throw new DatakeepError('body-too-slow', `The body came at less than ${leastRate} bytes/s.`);
      waitedMs = 0;
      bytes = 0;
    }
    yield value;
  }
}

async function withinIdle(chunks: AsyncIterator<Uint8Array>, clock: Clock): Promise<IteratorResult<Uint8Array>> {
  const next = chunks.next().catch((cause: unknown) => {
    throw new DatakeepError('unreadable-body', 'The connection was lost before the body ended.', { cause });
  });
  const chunk = await within(clock, idleMs, next);
  if (chunk === undefined) throw new DatakeepError('body-too-slow', `Nothing came for ${idleMs / 1000} s.`);
  return chunk;
}
