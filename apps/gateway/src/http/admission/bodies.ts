import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { DatakeepError, type FairShare } from '@datakeep/kernel';
import type { BodyRounds } from './body-rounds.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every request that brings a body. */
    bodyClaim?: BodyClaim;
  }
}

export function bringsBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** What the body of one request holds of the keep's memory, until its answer has ended. */
export class BodyClaim {
  #held = 0;

  constructor(
    private readonly share: FairShare,
    private readonly subject: string,
  ) {}

  /** Throws `overloaded` where the caller, or all together, hold as much as they may. */
  add(bytes: number): void {
    if (!this.share.take(this.subject, bytes))
      throw new DatakeepError('overloaded', 'Too many bytes of bodies are being read at once.', {
        retryAfterSeconds: 1,
      });
    this.#held += bytes;
  }

  release(): void {
    this.share.give(this.subject, this.#held);
    this.#held = 0;
  }
}

const empty: Buffer = Buffer.alloc(0);

/**
 * Reads a body whole. Refused as soon as it is known to be too large (413), or when the keep holds too much already
 * (503).
 */
export function readBody(
  request: FastifyRequest,
  body: IncomingMessage,
  limit: number,
  rounds: BodyRounds,
  done: (error: Error | null, bytes?: Buffer) => void,
): void {
  const tooLarge = (): DatakeepError => new DatakeepError('body-too-large', `This route reads at most ${limit} bytes.`);
  const declared = Number(request.headers['content-length'] ?? limit);
  if (declared > limit) {
    done(tooLarge());
    return;
  }
  let bytes = empty;
  let length = 0;
  const refuse = (error: Error): void => {
    body.off('data', onData).off('end', onEnd).off('error', refuseLost);
    done(error);
  };
  // One buffer that grows, and no list of chunks: a sender of chunks of one byte would make a list of millions.
  const onData = (chunk: Buffer): void => {
    const wanted = length + chunk.length;
    try {
      if (wanted > limit) throw tooLarge();
      request.bodyClaim?.add(chunk.length);
    } catch (error) {
      refuse(error as Error);
      return;
    }
    if (length === 0) bytes = chunk;
    else {
      if (wanted > bytes.length) {
        const larger = Buffer.allocUnsafe(Math.max(wanted, Math.min(2 * bytes.length, declared)));
        bytes.copy(larger, 0, 0, length);
        bytes = larger;
      }
      chunk.copy(bytes, length);
    }
    length = wanted;
    if (length < declared) rounds.pause(body);
  };
  const onEnd = (): void => {
    body.off('error', refuseLost);
    done(null, bytes.subarray(0, length));
  };
  const refuseLost = (cause: Error): void =>
    refuse(new DatakeepError('unreadable-body', 'The connection was lost before the body ended.', { cause }));
  body.on('data', onData).on('end', onEnd).on('error', refuseLost);
}
