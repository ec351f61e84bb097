import type { Problem } from './generated/types.gen.ts';

export type { Problem } from './generated/types.gen.ts';

/** A refusal of the keep (RFC 9457), or the failure to reach it: then `problem.code` is `unreachable`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem | Unreachable;

  constructor(problem: Problem | Unreachable) {
    super(problem.detail);
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }
}

export interface Unreachable {
  readonly code: 'unreachable';
  readonly status: 0;
  readonly title: string;
  readonly detail: string;
  readonly instance?: undefined;
  readonly errors?: undefined;
}

export const unreachable: Unreachable = {
  code: 'unreachable',
  status: 0,
  title: 'The keep does not answer',
  detail:
    'It may be starting, or the connection is gone. What this page shows comes back by itself; what you typed is kept.',
};

/** POST to these changes nothing that its caller could look for. */
const readsByPost = /\/(events\/(query|aggregate|export)|dry-run|session(\/.+)?|options)$/;

/** No answer to a request: where it would have changed something, the keep may have done so. */
export function unanswered(address: string, method = 'GET'): ProblemError {
  if (method === 'GET' || (method === 'POST' && readsByPost.test(address.replace(/\?.*/, ''))))
    return new ProblemError(unreachable);
  const detail =
    'It may be starting, or the connection is gone. What you asked for may have been done: look before you ask ' +
    'again. What you typed is kept.';
  return new ProblemError({ ...unreachable, detail });
}

/** What is wrong at one place of the input, by JSON Pointer; undefined where the error has no such place. */
export function placeOf(error: unknown, pointer: string): string | undefined {
  if (!(error instanceof ProblemError)) return undefined;
  return error.problem.errors?.find((place) => place.pointer === pointer)?.detail;
}

export function isProblem(error: unknown, code: string): boolean {
  return error instanceof ProblemError && error.problem.code === code;
}
