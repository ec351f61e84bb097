import {
  defaultExecutionLimits,
  type ExecutionLimits,
  type ExecutionOutcome,
  type ExecutionRequest,
  type ExecutionService,
  type Isolation,
  type RunError,
  type RuntimeReport,
  type SourceFile,
} from '@datakeep/contracts';
import { type Clock, DatakeepError, type InputError } from '@datakeep/kernel';
import { sourceDigest, sourceFaults } from '../source-store/source-files.ts';
import {
  type Connectors,
  exchange,
  type ExchangeAnswer,
  ExchangeFailure,
  type ExchangeRequest,
} from '../data-endpoint/exchange.ts';
import { filesOf, messageOf, objectOf, outcomeOf } from './execution-answers.ts';
import { limitsHeader, reuseKeyHeader, writeLimits } from './execution-headers.ts';

export interface HttpExecutionServiceOptions {
  /** The runtime's name in RUNTIMES. */
  readonly runtime: string;
  /** Where the interface of execution services (api.md) is answered; a path in it is kept. */
  readonly url: string;
  /** RUNTIME_<NAME>_KEY. */
  readonly key?: string | undefined;
  readonly limits?: Partial<ExecutionLimits>;
  readonly clock: Clock;
  readonly connectors?: Connectors;
}

const uploadMs = 30_000;
const readMs = 10_000;
const healthMs = 2000;
/** What an answer may take on its way beyond the run's own wall time. */
const marginMs = 2000;
/** Ten files of 256 KiB, escaped as JSON. */
const maxSourceBytes = 16 * 1024 * 1024;
const maxShortBytes = 64 * 1024;
const noSuchId = '0'.repeat(24);

interface ServiceRequest extends Omit<ExchangeRequest, 'url' | 'headers'> {
  /** Below the service's URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An execution service that is another program, in any language.
 * Nothing is sent twice: what a service did that did not answer is unknown. A failure of the service is a failed run
 * (`execution-service-failed`), never a rejection, so the queue does not retry it either.
 */
export class HttpExecutionService implements ExecutionService {
  readonly runtime: string;
  readonly defaultLimits: ExecutionLimits;
  readonly #options: HttpExecutionServiceOptions;
  readonly #base: string;
  readonly #keyName: string;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: HttpExecutionServiceOptions) {
    this.#options = options;
    this.runtime = options.runtime;
    this.defaultLimits = { ...defaultExecutionLimits, ...options.limits };
    this.#base = options.url.replace(/\/+$/, '');
    this.#keyName = `RUNTIME_${options.runtime.toUpperCase().replaceAll('-', '_')}_KEY`;
  }

  async upload(files: readonly SourceFile[]): Promise<{ readonly sourceCodeId: string; readonly digest: string }> {
    const errors = sourceFaults(files);
    for (const [index, { path }] of files.entries())
      if (path.includes('/'))
        errors.push({
          pointer: `/files/${index}/path`,
          code: 'source',
          detail: `${this.runtime} takes flat file names, without folders.`,
        });
    if (errors.length > 0) throw DatakeepError.invalid(errors);
    const form = new FormData();
    for (const { path, content } of files) form.append('files', new Blob([content], { type: 'text/plain' }), path);
    const encoded = new Response(form);
    const answer = await this.#ask(
      {
        method: 'POST',
        path: '/uploadNewSourceCode',
        headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
        body: new Uint8Array(await encoded.arrayBuffer()),
        deadlineMs: uploadMs,
        maxBytes: maxShortBytes,
      },
      'Nothing was registered.',
    );
    if (answer.status >= 400 && answer.status < 500) throw this.#refusal(answer);
    const sourceCodeId = objectOf(answer)?.['sourceCodeId'];
    if ((answer.status !== 201 && answer.status !== 200) || typeof sourceCodeId !== 'string' || !isUsable(sourceCodeId))
      throw this.#unreachable(`answered with status ${answer.status} and no sourceCodeId`, 'Nothing was registered.');
    return { sourceCodeId, digest: sourceDigest(files) };
  }

  async read(sourceCodeId: string): Promise<readonly SourceFile[] | undefined> {
    if (!isUsable(sourceCodeId)) return undefined;
    const answer = await this.#ask(
      { method: 'GET', path: `/sourceCodes/${sourceCodeId}`, deadlineMs: readMs, maxBytes: maxSourceBytes },
      '',
    );
    if (answer.status === 404) return undefined;
    const files = answer.status === 200 ? filesOf(answer) : undefined;
    if (!files)
      throw this.#unreachable(
        this.#refusedKey(answer) ?? `answered with status ${answer.status} and no source code`,
        '',
      );
    return files;
  }

  async delete(sourceCodeId: string): Promise<void> {
    if (!isUsable(sourceCodeId)) return;
    const answer = await this.#ask(
      { method: 'DELETE', path: `/sourceCodes/${sourceCodeId}`, deadlineMs: readMs, maxBytes: maxShortBytes },
      '',
    );
    if (answer.status !== 404 && (answer.status < 200 || answer.status >= 300))
      throw this.#unreachable(this.#refusedKey(answer) ?? `answered with status ${answer.status}`, '');
  }

  async execute(request: ExecutionRequest): Promise<ExecutionOutcome> {
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    const sources = [request.signal, this.#closing.signal];
    for (const source of sources) source.addEventListener('abort', abort, { once: true });
    if (sources.some(({ aborted }) => aborted)) abort();
    const running = this.#execute(request, stop.signal);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      for (const source of sources) source.removeEventListener('abort', abort);
    }
  }

  async #execute(
    { sourceCodeId, reuseKey, parametersJson, limits }: ExecutionRequest,
    signal: AbortSignal,
  ): Promise<ExecutionOutcome> {
    const started = this.#options.clock.monotonic();
    const wallMs = (): number => this.#options.clock.monotonic() - started;
    const failed = (code: RunError['code'], message: string): ExecutionOutcome =>
      this.#without('failed', { code, message }, wallMs());
    const serviceFailed = (what: string): ExecutionOutcome =>
      failed('execution-service-failed', `The execution service ${this.runtime} ${what}.`);
    const missing = (): ExecutionOutcome => failed('view-source-missing', 'There is no source code of that id.');
    if (signal.aborted) return this.#cancelled(0);
    if (!isUsable(sourceCodeId)) return missing();
    // JSON in JSON may grow to twice its length, in the usual case.
    const maxBytes = 2 * (limits.resultBytes + limits.logBytes) + maxShortBytes;
    let answer: ExchangeAnswer;
    try {
      answer = await this.#send({
        method: 'POST',
        path: `/executeSourceCode/${sourceCodeId}`,
        headers: {
          'content-type': 'application/json',
          [limitsHeader]: writeLimits(limits),
          [reuseKeyHeader]: encodeURIComponent(reuseKey),
        },
        body: `{"parametersForMainEntry":${parametersJson}}`,
        deadlineMs: limits.wallTimeMs + marginMs,
        maxBytes,
        signal,
      });
    } catch (error) {
      if (!(error instanceof ExchangeFailure)) throw error;
      if (error.reason === 'aborted') return this.#cancelled(wallMs());
      if (error.reason === 'too-large')
        return failed(
          'view-result-too-large',
          `The execution service answered with more than ${maxBytes} bytes; a result may take ${limits.resultBytes}.`,
        );
      return serviceFailed(wordsOf(error, limits.wallTimeMs + marginMs));
    }
    if (answer.status === 404) return missing();
    const why = this.#refusedKey(answer);
    if (why !== undefined) return serviceFailed(why);
    if (answer.status !== 200 && answer.status !== 400) {
      const message = messageOf(answer);
      return serviceFailed(`answered with status ${answer.status}${message === undefined ? '' : ` (${message})`}`);
    }
    const outcome = outcomeOf(answer, limits, this.#isolation(), wallMs());
    return typeof outcome === 'string' ? serviceFailed(outcome) : outcome;
  }

  async report(): Promise<RuntimeReport> {
    const detail = await this.#health();
    return {
      name: this.runtime,
      where: this.#base,
      healthy: detail === undefined,
      ...(detail === undefined ? {} : { detail }),
      isolation: {
        ...this.#isolation(),
        proof:
          'None that this keep could check: the code runs in another program, and how it is kept apart there is ' +
          'for whoever runs that program to say. ' +
          'Of the keep it holds the run tokens of its runs, for as long as each lasts.',
      },
      limits: this.defaultLimits,
      processes: { running: this.#running.size, idle: 0, max: 0 },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  /** The interface has no health route: a service that knows no such source code is well. */
  async #health(): Promise<string | undefined> {
    try {
      const answer = await this.#send({
        method: 'GET',
        path: `/sourceCodes/${noSuchId}`,
        deadlineMs: healthMs,
        maxBytes: maxShortBytes,
      });
      const why =
        this.#refusedKey(answer) ??
        (answer.status === 404 || answer.status === 200 ? undefined : `answers with status ${answer.status}`);
      return why === undefined ? undefined : `The execution service ${why}.`;
    } catch (error) {
      if (!(error instanceof ExchangeFailure)) throw error;
      return `The execution service ${wordsOf(error, healthMs)}.`;
    }
  }

  #refusedKey({ status }: ExchangeAnswer): string | undefined {
    if (status !== 401 && status !== 403) return undefined;
    return this.#options.key === undefined
      ? `asks for a key, and ${this.#keyName} is not set`
      : `refuses ${this.#keyName}`;
  }

  #isolation(): Isolation {
    return { level: 'foreign', layers: [], where: this.runtime };
  }

  #cancelled(wallMs: number): ExecutionOutcome {
    return this.#without('cancelled', { code: 'view-cancelled', message: 'The run was cancelled.' }, wallMs);
  }

  #without(state: 'failed' | 'cancelled', error: RunError, wallMs: number): ExecutionOutcome {
    const usage = {
      wallMs: Math.round(wallMs * 100) / 100,
      cpuMs: 0,
      peakMemoryMiB: 0,
      eventsRead: 0,
      eventsWritten: 0,
      bytesRead: 0,
      logBytesDropped: 0,
    };
    return { state, error, logs: [], usage, isolation: this.#isolation() };
  }

  /** The service refuses the source, or this keep: its own words, and of a Datakeep the places as well. */
  #refusal(answer: ExchangeAnswer): DatakeepError {
    const places = objectOf(answer)?.['errors'];
    const told = (Array.isArray(places) ? places.slice(0, 20) : []).flatMap((place: unknown): InputError[] => {
      const { pointer, detail } = (typeof place === 'object' && place !== null ? place : {}) as Partial<InputError>;
      return typeof pointer === 'string' && typeof detail === 'string' ? [{ pointer, code: 'source', detail }] : [];
    });
    const key = this.#refusedKey(answer);
    const words =
      messageOf(answer) ??
      (key === undefined ? `The execution service refuses the source code, with status ${answer.status}.` : '');
    const detail =
      key === undefined ? words : `The execution service ${this.runtime} ${key}${words === '' ? '.' : `: ${words}`}`;
    return DatakeepError.invalid(told.length > 0 ? told : [{ pointer: '/files', code: 'source', detail }], detail);
  }

  /** For what the admin waits for. Rejects with `execution-service-unreachable` where there is no answer. */
  async #ask(request: ServiceRequest, outcome: string): Promise<ExchangeAnswer> {
    if (this.#closing.signal.aborted) throw new DatakeepError('not-ready');
    try {
      return await this.#send(request);
    } catch (error) {
      if (!(error instanceof ExchangeFailure)) throw error;
      throw this.#unreachable(wordsOf(error, request.deadlineMs), outcome, error);
    }
  }

  #unreachable(what: string, outcome: string, cause?: unknown): DatakeepError {
    const told = `The execution service ${this.runtime} ${what}. ${outcome}`.trim();
    return new DatakeepError('execution-service-unreachable', told, { retryAfterSeconds: 1, cause });
  }

  #send(request: ServiceRequest): Promise<ExchangeAnswer> {
    const { path, headers, ...rest } = request;
    const { key, clock, connectors } = this.#options;
    const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
    return exchange(
      {
        ...rest,
        url: new URL(this.#base + path),
        headers: { accept: 'application/json', ...authorization, ...headers },
      },
      clock,
      connectors,
    );
  }
}

/** Ids are the service's own; what could lead elsewhere in a URL is none. */
function isUsable(sourceCodeId: string): boolean {
  return /^[\w~:@-][\w.~:@-]{0,199}$/.test(sourceCodeId);
}

function wordsOf({ reason }: ExchangeFailure, deadlineMs: number): string {
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
