import {
  Admission,
  type AdmissionLimits,
  type Clock,
  currentRequestId,
  currentTraceparent,
  DatakeepError,
  type ProblemCode,
} from '@datakeep/kernel';
import { maxAnswerBytes } from '../wire/envelope.ts';
import { busy, unanswered } from '../wire/rpc-errors.ts';
import type { ServiceFailures } from '../wire/service-description.ts';

export interface StorageRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the storage's URL. */
  readonly path: string;
  readonly body?: string;
  readonly ifMatch?: string;
  readonly deadlineMs: number;
}

const failures: ServiceFailures = {
  unreachable: 'storage-unreachable',
  busy: 'storage-busy',
  answerTooLarge: 'query-timeout',
};
/** What a client waits before it comes back, seconds. */
const retryAfterSeconds = 1;
/** Fewer than over TCP: each takes a separate connection. */
const defaultLimits: AdmissionLimits = { requests: 256, bytes: 64 * 1024 * 1024 };

/** What a program without our codes can mean by its status. */
const codeByStatus: Readonly<Record<number, ProblemCode>> = {
  404: 'not-found',
  412: 'version-mismatch',
  413: 'body-too-large',
  422: 'invalid',
  429: 'storage-busy',
  503: 'storage-busy',
  504: 'query-timeout',
  507: 'storage-full',
};

/** Requests to a storage over HTTP: bounded in number, size and time, their failures in the words of the catalogue. */
export class StorageRequests {
  readonly #base: string;
  readonly #admission: Admission;

  constructor(
    url: string,
    private readonly key: string,
    private readonly clock: Clock,
    limits: AdmissionLimits = defaultLimits,
  ) {
    this.#base = `${url.replace(/\/+$/, '')}/storage/v1`;
    this.#admission = new Admission(limits);
  }

  close(): Promise<void> {
    return this.#admission.close();
  }

  /**
   * Sends one request, and reads its answer by `read`; where that throws, the answer is not that of a storage. Rejects
   * with `DatakeepError`s.
   */
  send<T>(request: StorageRequest, read: (text: string) => T): Promise<T> {
    const bytes = 1024 + (request.body?.length ?? 0);
    const tooMuch = () => busy(failures, 'Too much is waiting for the storage.');
    return this.#admission.run(bytes, tooMuch, async () => {
      const abort = new AbortController();
      const timer = this.clock.setTimer(request.deadlineMs, () => abort.abort());
      try {
        return await this.#exchange(request, abort.signal, read);
      } catch (error) {
        const known = DatakeepError.from(error);
        if (known) throw known;
        throw lost(request, abort.signal.aborted ? 'did not answer in time' : 'is out of reach', error);
      } finally {
        timer.cancel();
      }
    });
  }

  async #exchange<T>(request: StorageRequest, signal: AbortSignal, read: (text: string) => T): Promise<T> {
    const { method, path, body, ifMatch } = request;
    const requestId = currentRequestId();
    const traceparent = currentTraceparent();
    const response = await fetch(this.#base + path, {
      method,
      signal,
      redirect: 'error',
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await bounded(response);
    if (!response.ok) throw refusal(request, response, text);
    return read(text);
  }
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes)
      throw new DatakeepError(
        failures.answerTooLarge,
        `The answer is larger than ${maxAnswerBytes} bytes: ask for less at once.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * A problem of our catalogue as it is; of any other program, what its status means. A refusal of the keep's own key is
 * no fault of the caller.
 */
function refusal(request: StorageRequest, response: Response, text: string): DatakeepError {
  const { status, headers } = response;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const problem = DatakeepError.from(body);
  if (problem?.status === 401 || status === 401 || status === 403)
    return new DatakeepError('storage-unreachable', 'The storage refuses STORAGE_KEY. Nothing was done.', {
      retryAfterSeconds,
    });
  const code = problem?.code ?? codeByStatus[status];
  if (code === undefined) return lost(request, `answered with status ${status}`);
  const seconds = Number(headers.get('retry-after'));
  return new DatakeepError(code, problem?.message, {
    errors: problem?.errors ?? [],
    ...(seconds > 0 && seconds < Infinity
      ? { retryAfterSeconds: seconds }
      : code === failures.busy
        ? { retryAfterSeconds }
        : {}),
  });
}

function lost({ method, path }: StorageRequest, why: string, cause?: unknown): DatakeepError {
  const repeatable = method === 'GET' || path === '/events/query' || path === '/events/aggregate';
  const { message } = unanswered({ name: 'storage', failures }, repeatable, why);
  return new DatakeepError(failures.unreachable, message, { retryAfterSeconds, cause });
}
