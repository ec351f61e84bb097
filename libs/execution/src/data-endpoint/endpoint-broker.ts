import { type Broker, type BrokerMethod, readBrokerCall } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import type { DataEndpoint, EndpointAnswer } from './data-endpoint.ts';

type Answer = Awaited<ReturnType<Broker['call']>>;

export interface EndpointBrokerOptions {
  readonly endpoint: DataEndpoint;
  /** `accessTokensToProfiles` of the run: its tokens by profile. */
  readonly tokens: ReadonlyMap<string, string>;
  /** Of one answer. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * `keep.events` for a run that came over HTTP. Calls the event routes of its `dataEndpoint` with the run's own tokens,
 * so that a view works the same wherever it runs.
 */
export class EndpointBroker implements Broker {
  readonly #options: EndpointBrokerOptions;

  constructor(options: EndpointBrokerOptions) {
    this.#options = options;
  }

  async call(method: BrokerMethod, argumentsJson: string): Promise<Answer> {
    const call = readBrokerCall(method, argumentsJson);
    switch (call.method) {
      case 'events.query':
        return this.#post('/app/v1/events/query', call.argument, profileOf(valueOf(call.argument)));
      case 'events.aggregate':
        return this.#post('/app/v1/events/aggregate', call.argument, profileOf(valueOf(call.argument)));
      case 'events.create':
        return this.#post('/app/v1/events', `{"events":${call.argument}}`, oneProfileOf(valueOf(call.argument)));
      case 'events.modify':
        return this.#one('PUT', call.id, `{"payload":${call.payload}}`, call.ifMatch);
      case 'events.delete':
        return { ...(await this.#one('DELETE', call.id)), json: 'null' };
    }
  }

  async #post(path: string, body: string, profile: string | undefined): Promise<Answer> {
    const { tokens } = this.#options;
    // Of a profile that the run has no token for, the keep itself says what is wrong.
    const token = tokens.get(profile ?? '') ?? tokens.values().next().value;
    if (token === undefined) throw new DatakeepError('forbidden', 'The run has no token.');
    return read(await this.#ask('POST', path, token, body));
  }

  /**
   * A token opens one profile, and the profile of an event is not known here: each token is tried until one finds the
   * event.
   */
  async #one(method: 'PUT' | 'DELETE', id: string, body?: string, ifMatch?: string): Promise<Answer> {
    let unknown = new DatakeepError('not-found');
    for (const token of this.#options.tokens.values()) {
      try {
        return read(await this.#ask(method, `/app/v1/events/${id}`, token, body, ifMatch));
      } catch (error) {
        const known = DatakeepError.from(error);
        if (known?.code !== 'not-found') throw error;
        unknown = known;
      }
    }
    throw unknown;
  }

  #ask(method: string, path: string, token: string, body?: string, ifMatch?: string): Promise<EndpointAnswer> {
    const { endpoint, maxBytes, signal } = this.#options;
    const headers: [string, string][] = [['authorization', `Bearer ${token}`]];
    if (body !== undefined) headers.push(['content-type', 'application/json']);
    if (ifMatch !== undefined) headers.push(['if-match', ifMatch]);
    return endpoint.ask({ method, url: endpoint.at(path), headers, body }, maxBytes, signal);
  }
}

function read({ status, body, eventsRead, eventsWritten }: EndpointAnswer): Answer {
  const json = body.toString();
  if (status >= 200 && status < 300) return { json, items: eventsRead + eventsWritten };
  throw (
    DatakeepError.from(valueOf(json)) ??
    new DatakeepError('bad-request', `dataEndpoint answered with status ${status}.`)
  );
}

/** Undefined: it is no JSON; where a view wrote it, the keep says what is wrong with it. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function profileOf(query: unknown): string | undefined {
  const { profile } = (typeof query === 'object' && query !== null ? query : {}) as { profile?: unknown };
  return typeof profile === 'string' ? profile : undefined;
}

/** One request has one token, and a token one profile. */
function oneProfileOf(events: unknown): string | undefined {
  const profiles = new Set(
    (Array.isArray(events) ? events : []).map((event: { metadata?: unknown } | null) => profileOf(event?.metadata)),
  );
  if (profiles.size > 1)
    throw DatakeepError.invalidAt('/0', 'range', 'Over HTTP, one call creates events of one profile.');
  return profiles.values().next().value;
}
