import { brokerMethods, type ExecutionRequest } from '@datakeep/contracts';
import type { DataEndpoint, EndpointRequest } from '../data-endpoint/data-endpoint.ts';
import { fetchParts, frameKinds } from '../frames/frames.ts';
import type { Kill, ViewProcess } from './view-process.ts';
import { endpointRequestOf, refusalOf } from './view-requests.ts';

/** Calls and argument bytes that one run may have open; beyond, its channel is not read. */
const maxOpenCalls = 16;
const maxOpenBytes = 8 * 1024 * 1024;
/** Refused requests that a run's log has. */
const maxWarnings = 20;

export interface RunRequestsOptions {
  readonly process: ViewProcess;
  readonly request: ExecutionRequest;
  /** Made at the first `fetch`: most runs have none. */
  readonly endpoint: () => DataEndpoint;
  /** The view sent what the protocol forbids. */
  readonly breach: () => void;
  readonly exceed: (code: string, unit: string, limit: number, used: number) => void;
  readonly kill: (cause: Kill) => void;
  /** Adds a warning to the run's log. */
  readonly warn: (text: string) => void;
}

/**
 * Serves the requests of one run for data: calls of `keep.events` by the broker, `fetch` by the run's endpoint. Counts
 * what the run reads and writes, and kills it beyond its limits. Nothing is sent to the process after `end`.
 */
export class RunRequests {
  readonly #options: RunRequestsOptions;
  readonly #usage = { eventsRead: 0, eventsWritten: 0, bytesRead: 0 };
  #endpoint: DataEndpoint | undefined;
  /** Aborts requests to the endpoint when the run ends. */
  #asking: AbortController | undefined;
  #openCalls = 0;
  #openBytes = 0;
  #ended = false;
  #warned = 0;

  constructor(options: RunRequestsOptions) {
    this.#options = options;
  }

  get usage(): { readonly eventsRead: number; readonly eventsWritten: number; readonly bytesRead: number } {
    return this.#usage;
  }

  /** The run has its outcome: open requests get no answer. */
  end(): void {
    this.#ended = true;
  }

  /** Aborts the requests to the endpoint that are still open. */
  abort(): void {
    this.end();
    this.#asking?.abort();
  }

  async call(id: number, methodIndex: number, argumentsJson: string): Promise<void> {
    const { process, request, breach } = this.#options;
    const method = brokerMethods[methodIndex];
    if (!method) return breach();
    await this.#serve(id, argumentsJson.length, async () => {
      const { json, items } = await request.broker.call(method, argumentsJson);
      const reads = method === 'events.query' || method === 'events.aggregate';
      const counted = this.#count(reads ? items : 0, reads ? 0 : Math.max(1, items), Buffer.byteLength(json));
      if (counted) process.send(frameKinds.answer, id, json);
    });
  }

  async fetch(id: number, body: Buffer): Promise<void> {
    const { process, request, endpoint, breach } = this.#options;
    const fetched = endpointRequestOf(body);
    if (!fetched) return breach();
    await this.#serve(id, body.length, async () => {
      const room = Math.max(0, request.limits.inputBytes - this.#usage.bytesRead);
      this.#endpoint ??= endpoint();
      this.#asking ??= new AbortController();
      const answer = await this.#endpoint.ask(fetched, room, this.#asking.signal).catch((error: unknown) => {
        this.#warnOf(fetched, error);
        throw error;
      });
      if (this.#count(answer.eventsRead, answer.eventsWritten, answer.body.length))
        process.send(
          frameKinds.response,
          id,
          ...fetchParts({ status: answer.status, headers: answer.headers }, answer.body),
        );
    });
  }

  /**
   * Answers one request of the view by `answer`, or with the refusal that it throws. While too many requests are open,
   * the channel is not read (back-pressure).
   */
  async #serve(id: number, bytes: number, answer: () => Promise<void>): Promise<void> {
    const { process, kill } = this.#options;
    this.#openCalls += 1;
    this.#openBytes += bytes;
    if (this.#openCalls >= maxOpenCalls || this.#openBytes >= maxOpenBytes) process.pause();
    try {
      await answer();
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code === 'view-input-too-large') kill(refusal);
      if (!this.#ended) process.send(frameKinds.refusal, id, JSON.stringify(refusal));
    } finally {
      this.#openCalls -= 1;
      this.#openBytes -= bytes;
      if (this.#openCalls < maxOpenCalls && this.#openBytes < maxOpenBytes) process.resume();
    }
  }

  /** View code may catch the refusal, and its author would look for the cause elsewhere. */
  #warnOf({ method, url }: EndpointRequest, error: unknown): void {
    if (this.#ended || this.#warned >= maxWarnings) return;
    this.#warned += 1;
    this.#options.warn(`fetch ${method} ${url.slice(0, 200)}: ${refusalOf(error).message}`);
  }

  /** Whether the answer may be sent. */
  #count(eventsRead: number, eventsWritten: number, bytes: number): boolean {
    if (this.#ended) return false;
    const { request, exceed } = this.#options;
    const { inputEvents, inputBytes } = request.limits;
    const usage = this.#usage;
    usage.eventsRead += eventsRead;
    usage.eventsWritten += eventsWritten;
    usage.bytesRead += bytes;
    if (usage.eventsRead <= inputEvents && usage.bytesRead <= inputBytes) return true;
    if (usage.eventsRead > inputEvents)
      exceed('view-input-too-large', 'events of input', inputEvents, usage.eventsRead);
    else exceed('view-input-too-large', 'bytes of input', inputBytes, usage.bytesRead);
    return false;
  }
}
