import { PassThrough, Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokenRevalidator } from '@datakeep/auth';
import type { BulkCount, BulkOutcome, BulkStream } from '@datakeep/contracts';
import { DatakeepError, toProblem, type Clock, type Logger, CLOCK, LOGGER } from '@datakeep/kernel';
import { Readiness } from '@datakeep/service-host';
import { Answers } from './admission/answers.ts';
import type { BodyClaim } from './admission/bodies.ts';
import { ndjson } from './body-parsers.ts';
import { pacedBody } from './paced-body.ts';
import { withLastProblem } from './streamed-problem.ts';

const type = `${ndjson}; charset=utf-8`;
/** Shortest time between two reports of progress, ms. */
const progressMs = 1000;

/**
 * Streams of NDJSON in both directions. What comes in is answered by lines of progress and a last line, the summary or
 * the problem; a stream of which nothing was stored is answered by a problem document. Lines of progress are left out
 * for a client that does not read them, so that neither waits for the other. They come while the body does for one that
 * accepts NDJSON by name: nginx sends no more of a body once its answer begins.
 */
@Injectable()
export class BulkAnswers {
  constructor(
    private readonly revalidator: TokenRevalidator,
    private readonly readiness: Readiness,
    private readonly answers: Answers,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The body must be a stream, else 415. */
  async take(
    request: FastifyRequest,
    reply: FastifyReply,
    run: (stream: BulkStream) => Promise<BulkOutcome>,
  ): Promise<void> {
    const { body } = request;
    if (!(body instanceof Readable))
      throw new DatakeepError('unsupported-media-type', `Send one event a line as ${ndjson}.`);
    const answer = new BulkLines(reply, this.clock);
    const isLive = request.headers.accept?.includes(ndjson) === true;
    let chunks = 0;
    const { stopped, ...count } = await run({
      body: claimed(pacedBody(body, this.clock), request.bodyClaim),
      admit: async () => {
        await this.#mayGoOn(request);
        // The guard counted the first.
        if ((chunks += 1) > 1) await this.#counted(request);
      },
      progress: (now) => {
        request.bodyClaim?.release();
        if (isLive || request.raw.complete) answer.progress(now);
      },
    });
    if (stopped?.error.status === 500)
      this.logger.error('a stream failed', { requestId: request.id, code: stopped.error.code }, stopped.error.cause);
    if (stopped && count.accepted + count.duplicates === 0) throw stopped.error;
    answer.end(
      stopped
        ? {
            problem: toProblem(stopped.error, request.id),
            ...(stopped.line === undefined ? {} : { line: stopped.line }),
            stored: count,
          }
        : { summary: count },
    );
  }

  /** Lines to the client as fast as it reads them. What fails on the way is the last line. */
  give(request: FastifyRequest, reply: FastifyReply, lines: AsyncIterable<string>): void {
    const metered = this.answers.meter(request, this.#whileStanding(request, lines));
    const whole = withLastProblem(metered, request, this.logger, (problem) => `${JSON.stringify({ problem })}\n`);
    reply.header('content-type', type).send(Readable.from(whole, { objectMode: false, highWaterMark: 64 * 1024 }));
  }

  async *#whileStanding(
    request: FastifyRequest,
    lines: AsyncIterable<string>,
  ): AsyncGenerator<string, void, undefined> {
    for await (const text of lines) {
      yield text;
      await this.#mayGoOn(request);
    }
  }

  async #mayGoOn(request: FastifyRequest): Promise<void> {
    if (this.readiness.isStopping)
      throw new DatakeepError('not-ready', 'The keep is stopping. What was stored stays; send the rest again.');
    await this.revalidator.check(request);
  }

  /** A chunk counts as a write request. A stream that is over the limit waits, and so does its sender. */
  async #counted(request: FastifyRequest): Promise<void> {
    for (;;) {
      try {
        return this.revalidator.count(request, 'write');
      } catch (error) {
        const { code, retryAfterSeconds = 1 } = DatakeepError.from(error) ?? {};
        if (code !== 'rate-limited') throw error;
        await new Promise<void>((resolve) => this.clock.setTimer(retryAfterSeconds * 1000, resolve));
        await this.#mayGoOn(request);
      }
    }
  }
}

/** Counts bytes from when they come until they are stored. */
async function* claimed(
  body: AsyncIterable<Uint8Array>,
  claim: BodyClaim | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const bytes of body) {
    claim?.add(bytes.length);
    yield bytes;
  }
}

/** The lines of an answer. The first line begins the answer. */
class BulkLines {
  readonly #reply: FastifyReply;
  readonly #clock: Clock;
  readonly #out = new PassThrough();
  #reportedAt = Number.NEGATIVE_INFINITY;
  #began = false;

  constructor(reply: FastifyReply, clock: Clock) {
    this.#reply = reply;
    this.#clock = clock;
  }

  progress(count: BulkCount): void {
    if (count.accepted + count.duplicates === 0) return;
    this.#begin();
    const now = this.#clock.monotonic();
    if (now - this.#reportedAt < progressMs || this.#out.writableNeedDrain || this.#out.destroyed) return;
    this.#reportedAt = now;
    this.#out.write(`${JSON.stringify({ progress: count })}\n`);
  }

  end(last: object): void {
    this.#begin();
    if (!this.#out.destroyed) this.#out.end(`${JSON.stringify(last)}\n`);
  }

  #begin(): void {
    if (this.#began) return;
    this.#began = true;
    this.#reply.status(200).header('content-type', type).send(this.#out);
  }
}
