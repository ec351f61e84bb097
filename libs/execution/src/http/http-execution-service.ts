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
import { DatakeepError } from '@datakeep/kernel';
import { type ExchangeAnswer, ExchangeFailure } from '../data-endpoint/exchange.ts';
import { outcomeWithoutUsage } from '../outcomes/outcome-without-usage.ts';
import { sourceDigest, sourceFaults } from '../source-store/source-files.ts';
import { filesOf, messageOf, objectOf, outcomeOf } from './execution-answers.ts';
import { limitsHeader, reuseKeyHeader, writeLimits } from './execution-headers.ts';
import {
  describeFailure,
  ServiceConnection,
  type ServiceConnectionOptions,
  type ServiceRequest,
} from './service-connection.ts';

export interface HttpExecutionServiceOptions extends ServiceConnectionOptions {
  readonly limits?: Partial<ExecutionLimits>;
}

const uploadMs = 30_000;
const readMs = 10_000;
const healthMs = 2000;
/** Transfer time of an answer beyond the run's own wall time. */
const marginMs = 2000;
/** Ten files of 256 KiB, escaped as JSON. */
const maxSourceBytes = 16 * 1024 * 1024;
const maxShortBytes = 64 * 1024;
const noSuchId = '0'.repeat(24);

/**
 * An execution service that is another program, in any language.
 * Nothing is sent twice: what a service did that did not answer is unknown. A failure of the service is a failed run
 * (`execution-service-failed`), never a rejection, so the queue does not retry it either.
 */
export class HttpExecutionService implements ExecutionService {
  readonly runtime: string;
  readonly defaultLimits: ExecutionLimits;
  readonly #options: HttpExecutionServiceOptions;
  readonly #service: ServiceConnection;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: HttpExecutionServiceOptions) {
    this.#options = options;
    this.runtime = options.runtime;
    this.defaultLimits = { ...defaultExecutionLimits, ...options.limits };
    this.#service = new ServiceConnection(options);
  }

  async upload(files: readonly SourceFile[]): Promise<{ readonly sourceCodeId: string; readonly digest: string }> {
    const errors = sourceFaults(files);
    for (const [index, { path }] of files.entries())
      if (path.includes('/'))
        errors.add(`/files/${index}/path`, 'source', `${this.runtime} takes flat file names, without folders.`);
    errors.throwIfAny();
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
    if (answer.status >= 400 && answer.status < 500) throw this.#service.sourceRefusal(answer);
    const sourceCodeId = objectOf(answer)?.['sourceCodeId'];
    if ((answer.status !== 201 && answer.status !== 200) || typeof sourceCodeId !== 'string' || !isUsable(sourceCodeId))
      throw this.#service.unreachable(
        `answered with status ${answer.status} and no sourceCodeId`,
        'Nothing was registered.',
      );
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
      throw this.#service.unreachable(
        this.#service.keyRefusal(answer) ?? `answered with status ${answer.status} and no source code`,
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
      throw this.#service.unreachable(this.#service.keyRefusal(answer) ?? `answered with status ${answer.status}`, '');
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
      answer = await this.#service.send({
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
      return serviceFailed(describeFailure(error, limits.wallTimeMs + marginMs));
    }
    if (answer.status === 404) return missing();
    const why = this.#service.keyRefusal(answer);
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
      where: this.#service.url,
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

  /** The interface has no health route: a service that answers for an unknown id is healthy. */
  async #health(): Promise<string | undefined> {
    try {
      const answer = await this.#service.send({
        method: 'GET',
        path: `/sourceCodes/${noSuchId}`,
        deadlineMs: healthMs,
        maxBytes: maxShortBytes,
      });
      const why =
        this.#service.keyRefusal(answer) ??
        (answer.status === 404 || answer.status === 200 ? undefined : `answers with status ${answer.status}`);
      return why === undefined ? undefined : `The execution service ${why}.`;
    } catch (error) {
      if (!(error instanceof ExchangeFailure)) throw error;
      return `The execution service ${describeFailure(error, healthMs)}.`;
    }
  }

  #isolation(): Isolation {
    return { level: 'foreign', layers: [], where: this.runtime };
  }

  #cancelled(wallMs: number): ExecutionOutcome {
    return this.#without('cancelled', { code: 'view-cancelled', message: 'The run was cancelled.' }, wallMs);
  }

  #without(state: 'failed' | 'cancelled', error: RunError, wallMs: number): ExecutionOutcome {
    return outcomeWithoutUsage(state, error, this.#isolation(), wallMs);
  }

  /** For requests of the admin. Rejects with `execution-service-unreachable` when there is no answer. */
  async #ask(request: ServiceRequest, outcome: string): Promise<ExchangeAnswer> {
    if (this.#closing.signal.aborted) throw new DatakeepError('not-ready');
    return this.#service.ask(request, outcome);
  }
}

/** Ids are the service's own; an id that would change the URL's path is illegal. */
function isUsable(sourceCodeId: string): boolean {
  return /^[\w~:@-][\w.~:@-]{0,199}$/.test(sourceCodeId);
}
