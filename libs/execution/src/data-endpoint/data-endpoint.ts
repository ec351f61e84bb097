import type { Clock, RunErrorCode } from '@datakeep/kernel';
import { type Connectors, exchange, ExchangeFailure } from './exchange.ts';

/** What view code asked for, as it came: nothing of it is trusted. */
export interface EndpointRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array | undefined;
}

export interface EndpointAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Events that came, or were written, for limits and usage. */
  readonly eventsRead: number;
  readonly eventsWritten: number;
}

/** Why view code gets no answer; its code and message are for it to read. */
export class EndpointRefusal extends Error {
  readonly code: RunErrorCode;

  constructor(code: RunErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The event routes of docs/api.md under `/app/v1`, by method. The change feed only as a list: a run could never read an
 * endless answer to its end.
 */
const routes: readonly (readonly [method: string, path: RegExp])[] = [
  ['GET', /^\/app\/v1\/events(?:\/(?:changes|[0-9a-f]{24}))?$/],
  ['POST', /^\/app\/v1\/events(?:\/(?:query|aggregate))?$/],
  ['PUT', /^\/app\/v1\/events\/[0-9a-f]{24}$/],
  ['DELETE', /^\/app\/v1\/events\/[0-9a-f]{24}$/],
];
/** All that an event route reads. `accept` is not among them: it could ask for an answer without end. */
const sentHeaders = new Set(['authorization', 'content-type', 'if-match', 'prefer']);
/** The answer headers that belong to the API; those of proxies in between are dropped. */
const forwardedHeaders = new Set([
  'content-type',
  'etag',
  'retry-after',
  'preference-applied',
  'www-authenticate',
  'x-request-id',
]);
const maxHeaderBytes = 8192;
const maxUrlLength = 16_384;
/** Of one request; a query's longest time budget is a minute, and so is a run's. */
const deadlineMs = 60_000;

/**
 * The only HTTP destination of a run's code: the event routes of the keep that asked for the run.
 * Connects to the endpoint's own host and port whatever the code wrote, follows no redirect, and forwards no header
 * that the routes do not read.
 */
export class DataEndpoint {
  readonly #url: URL | undefined;
  readonly #base: string;
  readonly #address: URL | undefined;
  readonly #clock: Clock;
  readonly #connectors: Connectors | undefined;

  /**
   * Without a legal http or https URL every request is refused. `address` is where to connect to instead, with a path
   * of its own.
   */
  constructor(url: string | undefined, clock: Clock, connectors?: Connectors, address?: string) {
    const parsed = url === undefined ? null : URL.parse(url);
    this.#url =
      parsed && /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === ''
        ? parsed
        : undefined;
    this.#base = basePath(this.#url);
    this.#address = (address === undefined ? null : URL.parse(address)) ?? this.#url;
    this.#clock = clock;
    this.#connectors = connectors;
  }

  /** The URL of one of its routes, for `ask`. */
  at(path: string): string {
    return `${this.#url?.origin ?? ''}${this.#base}${path}`;
  }

  /** Rejects with `EndpointRefusal`. `maxBytes` bounds the answer. */
  async ask(request: EndpointRequest, maxBytes: number, signal: AbortSignal): Promise<EndpointAnswer> {
    const url = this.#target(request);
    const headers: Record<string, string> = { accept: 'application/json', 'accept-encoding': 'identity' };
    for (const [name, value] of request.headers) {
      const known = name.toLowerCase();
      if (!sentHeaders.has(known)) continue;
      if (value.length > maxHeaderBytes || !/^[\t\x20-\x7e]*$/.test(value))
        throw new EndpointRefusal('view-network-denied', `The header ${known} cannot be sent.`);
      headers[known] = value;
    }
    const { method, body } = request;
    try {
      const answer = await exchange(
        { method, url, headers, body, deadlineMs, maxBytes, signal },
        this.#clock,
        this.#connectors,
      );
      if (answer.status >= 300 && answer.status < 400 && answer.status !== 304)
        throw new EndpointRefusal(
          'view-network-denied',
          'dataEndpoint answered with a redirect, and none is followed.',
        );
      const forwarded = Object.entries(answer.headers).filter(([name]) => forwardedHeaders.has(name));
      return {
        status: answer.status,
        headers: forwarded,
        body: answer.body,
        ...this.#count(method, url, answer.status, answer.body),
      };
    } catch (error) {
      if (!(error instanceof ExchangeFailure)) throw error;
      if (error.reason === 'too-large')
        throw new EndpointRefusal(
          'view-input-too-large',
          `The answer is larger than the ${maxBytes} bytes that are left.`,
        );
      throw new EndpointRefusal(
        'view-fetch-failed',
        `dataEndpoint ${error.reason === 'too-slow' ? 'did not answer in time' : 'is out of reach'}.`,
      );
    }
  }

  #target({ method, url }: EndpointRequest): URL {
    const denied = (why: string): EndpointRefusal =>
      new EndpointRefusal(
        'view-network-denied',
        `${why} View code reaches the event routes of dataEndpoint and nothing else.`,
      );
    const endpoint = this.#url;
    if (!endpoint) throw denied('This run has no dataEndpoint.');
    const wanted = url.length > maxUrlLength ? null : URL.parse(url);
    if (!wanted) throw denied('That is no absolute URL.');
    if (wanted.origin !== endpoint.origin || wanted.username !== '' || wanted.password !== '')
      throw denied('That is another host.');
    if (!wanted.pathname.startsWith(this.#base)) throw denied('That is no event route.');
    const path = wanted.pathname.slice(this.#base.length);
    if (!routes.some(([known, pattern]) => known === method && pattern.test(path)))
      throw denied('That is no event route.');
    // Of what the code wrote, path and query only; the host is not its choice.
    const target = new URL(this.#address ?? endpoint);
    target.pathname = basePath(target) + path;
    target.search = wanted.search;
    target.hash = '';
    return target;
  }

  #count(method: string, url: URL, status: number, body: Buffer): { eventsRead: number; eventsWritten: number } {
    const none = { eventsRead: 0, eventsWritten: 0 };
    if (status >= 300) return none;
    if (method === 'PUT' || method === 'DELETE') return { ...none, eventsWritten: 1 };
    if (method === 'GET' && /[0-9a-f]{24}$/.test(url.pathname)) return { ...none, eventsRead: 1 };
    const answer = jsonOf(body);
    if (typeof answer !== 'object' || answer === null) return none;
    if ('items' in answer && Array.isArray(answer.items)) return { ...none, eventsRead: answer.items.length };
    return 'accepted' in answer && typeof answer.accepted === 'number'
      ? { ...none, eventsWritten: answer.accepted }
      : none;
  }
}

const basePath = (url: URL | undefined): string => url?.pathname.replace(/\/+$/, '') ?? '';

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
