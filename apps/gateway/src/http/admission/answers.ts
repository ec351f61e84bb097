import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { rateOf, subjectOf } from '@datakeep/auth';
import { DatakeepError, FairShare } from '@datakeep/kernel';
import { Turns } from './turns.ts';

/** Answers up to this many bytes are not counted: the socket's own buffers take them. */
const smallBytes = 16 * 1024;
/** What a socket is given at a time, bytes or UTF-16 code units, so that whether its peer takes something is seen. */
const sliceLength = 64 * 1024;

/**
 * Reads of one caller that are worked on at once: at least, and at most. How large an answer is shows only once it is
 * there: without a bound, a caller with one page's room left could have hundreds of pages of 8 MiB made for nothing. A
 * caller that reads small pages gets on to the most (16 connections with 4 reads at once: a tenth fewer pages).
 */
const readsAtOnce = [4, 64] as const;
/** An answer up to this many bytes is light. */
const lightBytes = 256 * 1024;

/** Bounds what answers pile up in the keep while their callers take nothing. */
@Injectable()
export class Answers {
  readonly #share: FairShare;
  readonly #turns = new Turns(...readsAtOnce);
  readonly #reading = new WeakMap<FastifyRequest, string>();

  constructor(totalBytes: number) {
    this.#share = new FairShare(totalBytes);
  }

  /** Bytes of answers that wait. */
  get waitingBytes(): number {
    return this.#share.used;
  }

  install(fastify: FastifyInstance): void {
    // Before the body is read, and before anything is done.
    fastify.addHook('preParsing', (request, _reply, payload, done) => {
      if (!isExempt(request) && !this.#share.hasRoom(subjectOf(request))) done(overloaded());
      else done(null, payload);
    });
    fastify.addHook('preHandler', (request, _reply, done) => {
      if (isExempt(request) || !isRead(request)) {
        done();
        return;
      }
      const subject = subjectOf(request);
      this.#turns.begin(subject, () => {
        this.#reading.set(request, subject);
        // What was free when the request came may be taken by now.
        const isWanted = this.#share.hasRoom(subject) && !request.raw.socket.destroyed;
        done(isWanted ? undefined : overloaded());
      });
    });
    fastify.addHook('onSend', (request, reply, payload, done) => {
      const pieces = piecesOf(payload);
      const length = pieces?.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0) ?? 0;
      // Once the room that this answer takes is taken, so that the next sees it.
      const wasLight = length <= lightBytes && reply.statusCode < 400;
      if (this.#reading.has(request)) queueMicrotask(() => this.#endTurn(request, wasLight));
      if (!pieces) {
        // Fastify would read it to its end, beyond the answer.
        if (request.method === 'HEAD' && payload instanceof Readable) payload.destroy();
        done(null, payload);
        return;
      }
      // A peer that has gone takes nothing, and its `close`, which would give the room back, was before.
      const isCounted = length > smallBytes && request.method !== 'HEAD' && !reply.raw.destroyed;
      if (isCounted && !this.#take(request, reply, length)) {
        done(overloaded());
        return;
      }
      if (isCounted) reply.header('content-length', length);
      const isLong = isCounted && length > sliceLength;
      done(null, isLong ? Readable.from(slicesOf(pieces), { objectMode: false }) : joined(pieces));
    });
  }

  /** Every request that was begun gets here, also one whose peer has gone. A stream counts until its begin. */
  #endTurn(request: FastifyRequest, wasLight: boolean): void {
    const subject = this.#reading.get(request);
    if (subject === undefined) return;
    this.#reading.delete(request);
    this.#turns.end(subject, wasLight);
  }

  /** The texts of a stream, in pieces. Each counts until it is taken; throws `overloaded` for one that has no room. */
  async *meter(request: FastifyRequest, texts: AsyncIterable<string>): AsyncGenerator<Buffer, void, undefined> {
    const subject = subjectOf(request);
    for await (const text of texts) {
      const length = Buffer.byteLength(text);
      if (!this.#share.take(subject, length)) throw overloaded();
      try {
        yield* slicesOf([text]);
      } finally {
        this.#share.give(subject, length);
      }
    }
  }

  /** Only what read can be refused once it is done. */
  #take(request: FastifyRequest, reply: FastifyReply, bytes: number): boolean {
    const subject = subjectOf(request);
    if (isRead(request)) {
      if (!this.#share.take(subject, bytes)) return false;
    } else this.#share.hold(subject, bytes);
    reply.raw.once('close', () => this.#share.give(subject, bytes));
    return true;
  }
}

function isExempt({ admittedBy }: FastifyRequest): boolean {
  return admittedBy?.who === 'public' && admittedBy.rate === 'none';
}

function isRead({ admittedBy, method }: FastifyRequest): boolean {
  return admittedBy !== undefined && rateOf(admittedBy, method) === 'read';
}

type Piece = string | Buffer;

/** Undefined for a stream, and for no payload. */
function piecesOf(payload: unknown): readonly Piece[] | undefined {
  if (typeof payload === 'string' || Buffer.isBuffer(payload)) return [payload];
  return Array.isArray(payload) ? (payload as string[]) : undefined;
}

/** Only texts come in several pieces. */
function joined(pieces: readonly Piece[]): Piece {
  return pieces.length === 1 ? pieces[0]! : pieces.join('');
}

/** A text is encoded slice by slice, as its caller takes it: whole, one of 8 MiB holds the event loop for 15 ms. */
function* slicesOf(pieces: readonly Piece[]): Generator<Buffer, void, undefined> {
  for (const piece of pieces) {
    for (let start = 0, end = 0; start < piece.length; start = end) {
      end = start + sliceLength;
      if (typeof piece === 'string') {
        if (isHighSurrogate(piece.charCodeAt(end - 1))) end -= 1;
        yield Buffer.from(piece.slice(start, end));
      } else yield piece.subarray(start, end);
    }
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}

function overloaded(): DatakeepError {
  return new DatakeepError('overloaded', 'Too many bytes of answers wait to be read.', {
    retryAfterSeconds: 1,
  });
}
