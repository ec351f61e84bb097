import type { Problem, ProblemPlace } from '../generated/types.gen.ts';
import type { ProblemCode } from '../generated/problem-codes.gen.ts';

/**
 * The keep refused: an RFC 9457 problem document. `code` is one of docs/errors.md, which says what each means and what
 * to do; a keep of a later release may have others.
 */
export class KeepError extends Error {
  override readonly name = 'KeepError';
  readonly code: ProblemCode | (string & {});
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** What is wrong where, for bad input; at most 20. */
  readonly errors: readonly ProblemPlace[];
  /** The keep's log has it. */
  readonly requestId: string;
  /** When the keep wants to be asked again, in seconds. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter?: number) {
    super(`${problem.code} (${problem.status}): ${saidOf(problem)}`);
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.requestId = problem.instance;
    this.retryAfter = retryAfter;
  }

  /** Whether it has one of these codes; the compiler knows then. */
  is<Code extends ProblemCode>(...codes: readonly Code[]): this is KeepError & { readonly code: Code } {
    return (codes as readonly string[]).includes(this.code);
  }
}

/** What is wrong, each place once: `detail` repeats the first of them. */
function saidOf({ title, detail, errors }: Problem): string {
  const said = detail || title;
  const [first, ...others] = errors ?? [];
  if (first === undefined) return said;
  const isRepeated = said.endsWith(first.detail);
  if (isRepeated && others.length === 0) return placed(first);
  return [isRepeated ? title : said, ...[first, ...others].map(placed)].join('\n  ');
}

function placed({ index, line, pointer, detail }: ProblemPlace): string {
  const entry = index === undefined ? (line === undefined ? '' : `line ${line}`) : `event ${index}`;
  const where = [entry, pointer].filter((part) => part !== '').join(' ') || 'The body';
  return `${where}: ${detail}`;
}

/** No answer of the keep came: no connection, one that broke off, or none in time. Whether it was done is unknown. */
export class KeepUnreachable extends Error {
  override readonly name = 'KeepUnreachable';
  readonly code = 'unreachable';

  constructor(what: string, cause: unknown) {
    super(`${what}: no answer of the keep${cause instanceof Error ? ` (${reasonOf(cause)})` : ''}`, { cause });
  }
}

/** Node's fetch says only "fetch failed", and why in its cause. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}

/** What the methods of the client reject with, beside the reason of an `AbortSignal`. */
export type ClientError = KeepError | KeepUnreachable;

export async function errorOf(response: Response): Promise<KeepError> {
  const text = await response.text().catch(() => '');
  return new KeepError(problemIn(text) ?? foreignProblem(response), retryAfterOf(response));
}

function problemIn(text: string): Problem | undefined {
  try {
    const value = JSON.parse(text) as Partial<Problem> | null;
    if (typeof value?.code !== 'string' || typeof value.status !== 'number') return undefined;
    const { code, status } = value;
    return { type: 'about:blank', title: code, detail: '', instance: '', ...value, code, status };
  } catch {
    return undefined;
  }
}

/** An answer of something between, such as a proxy. */
function foreignProblem({ status, statusText, headers }: Response): Problem {
  const instance = headers.get('x-request-id') ?? '';
  const title = statusText || `status ${status}`;
  return {
    type: 'about:blank',
    title,
    status,
    detail: 'The answer is no problem document.',
    instance,
    code: 'unknown',
  };
}

function retryAfterOf({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}
