import type { Broker, BrokerMethod } from '@datakeep/contracts';
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
    const given = JSON.parse(argumentsJson) as unknown[];
    switch (method) {
      case 'events.query':
        return this.#post('/app/v1/events/query', only(argumentsJson, given), profileOf(given[0]));
      case 'events.aggregate':
        return this.#post('/app/v1/events/aggregate', only(argumentsJson, given), profileOf(given[0]));
      case 'events.create':
        return this.#post('/app/v1/events', `{"events":${only(argumentsJson, given)}}`, oneProfileOf(given[0]));
      case 'events.modify': {
        const { payload, version } = modification(argumentsJson, given);
        return this.#one('PUT', given[0], `{"payload":${payload}}`, version);
      }
      case 'events.delete':
        return { ...(await this.#one('DELETE', given[0])), json: 'null' };
      default:
        throw new DatakeepError('not-found', 'The keep has no such method.');
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
  async #one(method: 'PUT' | 'DELETE', id: unknown, body?: string, version?: number): Promise<Answer> {
    let unknown = new DatakeepError('not-found');
    if (typeof id !== 'string' || !/^[0-9a-f]{24}$/.test(id)) throw unknown;
    for (const token of this.#options.tokens.values()) {
      try {
        const match = version === undefined ? '*' : `"${version}"`;
        return read(await this.#ask(method, `/app/v1/events/${id}`, token, body, method === 'PUT' ? match : undefined));
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
  let problem: unknown;
  try {
    problem = JSON.parse(json);
  } catch {
    problem = undefined;
  }
  throw DatakeepError.from(problem) ?? new DatakeepError('bad-request', `dataEndpoint answered with status ${status}.`);
}

/** The text of a call's one argument, as the view wrote it. */
function only(argumentsJson: string, given: readonly unknown[]): string {
  if (given.length !== 1) throw DatakeepError.invalidAt('', 'range', 'Takes one argument.');
  return argumentsJson.trim().slice(1, -1);
}

/**
 * `(id, payload, version?)`: the payload as the view wrote it, since the keep refuses the numbers that a double cannot
 * hold.
 */
function modification(
  argumentsJson: string,
  given: readonly unknown[],
): { readonly payload: string; readonly version?: number } {
  const version = given[2] ?? undefined;
  if (given.length < 2 || given.length > 3)
    throw DatakeepError.invalidAt('', 'range', 'Takes an id, a payload and perhaps a version.');
  if (version !== undefined && (typeof version !== 'number' || !Number.isInteger(version)))
    throw DatakeepError.invalidAt('/2', 'type', 'The version is a whole number.');
  // Neither an id nor a version holds a comma.
  const end = given.length === 3 ? argumentsJson.lastIndexOf(',') : argumentsJson.lastIndexOf(']');
  return {
    payload: argumentsJson.slice(argumentsJson.indexOf(',') + 1, end),
    ...(version === undefined ? {} : { version }),
  };
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
