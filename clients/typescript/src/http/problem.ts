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
    const places = problem.errors?.map(({ index, line, pointer, detail }) => {
      const where = index === undefined ? (line === undefined ? '' : `line ${line} `) : `event ${index} `;
      return `\n  ${where}${pointer}: ${detail}`;
    });
    super(`${problem.code} (${problem.status}): ${problem.detail || problem.title}${places?.join('') ?? ''}`);
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
    return typeof value?.code === 'string' && typeof value.status === 'number' ? (value as Problem) : undefined;
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
