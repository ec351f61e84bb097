import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokenRevalidator } from '@datakeep/auth';
import { type Clock, CLOCK, DatakeepError, type Logger, LOGGER, type Timer } from '@datakeep/kernel';
import { Readiness } from '@datakeep/service-host';
import { Answers } from './admission/answers.ts';
import { withLastProblem } from './streamed-problem.ts';

const streamsOfOne = 10;
const streamsInAll = 500;
const tickMs = 250;

/** Server-sent events (WHATWG HTML, section 9.2). At most 10 streams of an app or the admin, 500 in all. */
@Injectable()
export class EventStreams {
  readonly #open = new Map<string, number>();
  readonly #stops = new Set<AbortController>();
  #all = 0;

  constructor(
    private readonly revalidator: TokenRevalidator,
    private readonly readiness: Readiness,
    private readonly answers: Answers,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    readiness.onStop(() => this.#stopAll());
  }

  /**
   * Sends the texts that `follow` gives, each one or more whole events. Rejects with `too-many-streams`, and with what
   * `follow` rejects with, before anything is sent.
   */
  async send(
    request: FastifyRequest,
    reply: FastifyReply,
    callerId: string,
    follow: (signal: AbortSignal) => Promise<AsyncIterable<string>>,
  ): Promise<void> {
    // A client that has gone already closes its answer no more, and its stream would count for ever.
    if (this.readiness.isStopping || reply.raw.destroyed) throw new DatakeepError('not-ready');
    const open = this.#open.get(callerId) ?? 0;
    if (open >= streamsOfOne || this.#all >= streamsInAll)
      throw new DatakeepError('too-many-streams', undefined, { retryAfterSeconds: 10 });
    this.#count(callerId, 1);
    const stop = new AbortController();
    this.#stops.add(stop);
    reply.raw.once('close', () => {
      this.#count(callerId, -1);
      this.#stops.delete(stop);
      stop.abort(new DatakeepError('not-ready', 'The client went away.'));
    });
    const followed = await follow(stop.signal);
    const events = Readable.from(this.#events(request, followed), { objectMode: false, highWaterMark: 64 * 1024 });
    this.#watch(request, events, stop);
    reply
      .status(200)
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no');
    reply.send(events);
  }

  /** Ends a stream whose token is gone, whether anything happens or not. */
  #watch(request: FastifyRequest, events: Readable, stop: AbortController): void {
    if (events.destroyed || stop.signal.aborted) return;
    const again = (): Timer => this.clock.setTimer(tickMs, () => this.#watch(request, events, stop));
    this.revalidator.check(request).then(again, (error: unknown) => stop.abort(error));
  }

  /** What is followed, as text, no faster than it is read. */
  async *#events(
    request: FastifyRequest,
    followed: AsyncIterable<string>,
  ): AsyncGenerator<Buffer | string, void, undefined> {
    yield 'retry: 1000\n\n';
    const metered = this.answers.meter(request, this.#texts(request, followed));
    yield* withLastProblem(
      metered,
      request,
      this.logger,
      (problem) => `event: end\ndata: ${JSON.stringify(problem)}\n\n`,
    );
  }

  async *#texts(request: FastifyRequest, followed: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
    for await (const text of followed) {
      await this.revalidator.check(request);
      yield text;
    }
  }

  #stopAll(): void {
    for (const stop of this.#stops) stop.abort(new DatakeepError('not-ready', 'The keep is stopping.'));
  }

  #count(callerId: string, by: 1 | -1): void {
    const open = (this.#open.get(callerId) ?? 0) + by;
    this.#all += by;
    if (open === 0) this.#open.delete(callerId);
    else this.#open.set(callerId, open);
  }
}
