import { type Clock, DatakeepError, type InputError } from '@datakeep/kernel';
import {
  type Connectors,
  exchange,
  type ExchangeAnswer,
  ExchangeFailure,
  type ExchangeRequest,
} from '../data-endpoint/exchange.ts';
import { messageOf, objectOf } from './execution-answers.ts';

export interface ServiceConnectionOptions {
  /** The runtime's name in RUNTIMES. */
  readonly runtime: string;
  /** The URL of the interface of execution services (docs/api.md); a path in it is kept. */
  readonly url: string;
  /** RUNTIME_<NAME>_KEY. */
  readonly key?: string | undefined;
  readonly clock: Clock;
  readonly connectors?: Connectors;
}

export interface ServiceRequest extends Omit<ExchangeRequest, 'url' | 'headers'> {
  /** Below the service's URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Requests to one foreign execution service, with its key, and what its refusals and failures mean. */
export class ServiceConnection {
  readonly url: string;
  readonly #options: ServiceConnectionOptions;
  readonly #keyName: string;

  constructor(options: ServiceConnectionOptions) {
    this.#options = options;
    this.url = options.url.replace(/\/+$/, '');
    this.#keyName = `RUNTIME_${options.runtime.toUpperCase().replaceAll('-', '_')}_KEY`;
  }

  /** Rejects with `ExchangeFailure`. */
  send(request: ServiceRequest): Promise<ExchangeAnswer> {
    const { path, headers, ...rest } = request;
    const { key, clock, connectors } = this.#options;
    const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
    return exchange(
      {
        ...rest,
        url: new URL(this.url + path),
        headers: { accept: 'application/json', ...authorization, ...headers },
      },
      clock,
      connectors,
    );
  }

  /** For requests of the admin. Rejects with `execution-service-unreachable`; `outcome` says what was done. */
  async ask(request: ServiceRequest, outcome: string): Promise<ExchangeAnswer> {
    try {
      return await this.send(request);
    } catch (error) {
      if (!(error instanceof ExchangeFailure)) throw error;
      throw this.unreachable(describeFailure(error, request.deadlineMs), outcome, error);
    }
  }

  /** Why the service does not accept this keep's key; undefined where it does. */
  keyRefusal({ status }: ExchangeAnswer): string | undefined {
    if (status !== 401 && status !== 403) return undefined;
    return this.#options.key === undefined
      ? `asks for a key, and ${this.#keyName} is not set`
      : `refuses ${this.#keyName}`;
  }

  unreachable(what: string, outcome: string, cause?: unknown): DatakeepError {
    const detail = `The execution service ${this.#options.runtime} ${what}. ${outcome}`.trim();
    return new DatakeepError('execution-service-unreachable', detail, { retryAfterSeconds: 1, cause });
  }

  /** The service refuses the source, or this keep: its own words, and the pointers of a Datakeep as well. */
  sourceRefusal(answer: ExchangeAnswer): DatakeepError {
    const sent = objectOf(answer)?.['errors'];
    const errors = (Array.isArray(sent) ? sent.slice(0, 20) : []).flatMap((each: unknown): InputError[] => {
      const { pointer, detail } = (typeof each === 'object' && each !== null ? each : {}) as Partial<InputError>;
      return typeof pointer === 'string' && typeof detail === 'string' ? [{ pointer, code: 'source', detail }] : [];
    });
    const key = this.keyRefusal(answer);
    const words =
      messageOf(answer) ??
      (key === undefined ? `The execution service refuses the source code, with status ${answer.status}.` : '');
    const detail =
      key === undefined
        ? words
        : `The execution service ${this.#options.runtime} ${key}${words === '' ? '.' : `: ${words}`}`;
    return DatakeepError.invalid(errors.length > 0 ? errors : [{ pointer: '/files', code: 'source', detail }], detail);
  }
}

/** The predicate of a sentence about the service. */
export function describeFailure({ reason }: ExchangeFailure, deadlineMs: number): string {
  switch (reason) {
    case 'unreachable':
      return 'is out of reach';
    case 'too-slow':
      return `did not answer within ${deadlineMs} ms`;
    case 'too-large':
      return 'answered with more than may be';
    default:
      return 'broke off';
  }
}
