import { problems, type ProblemCode } from './catalogue.ts';
import type { DatakeepError, InputError } from './datakeep-error.ts';

/** RFC 9457 problem document with Datakeep's members `code` and `errors`. */
export interface ProblemDocument {
  /**
   * Where the code is explained.
   *
   * @example "/docs/errors#unauthenticated"
   */
  readonly type: string;
  readonly title: string;
  /**
   * @asType integer
   * @minimum 400
   * @maximum 599
   */
  readonly status: number;
  readonly detail: string;
  /** The request's id, as in `X-Request-Id` and in every log line of the request. */
  readonly instance: string;
  readonly code: ProblemCode;
  readonly errors?: readonly InputError[];
}

/** `errors` is cut to this many entries. */
export const maxReportedErrors = 20;

export function toProblem(error: DatakeepError, instance: string): ProblemDocument {
  const { status, title, remedy } = problems[error.code];
  return {
    type: `/docs/errors#${error.code}`,
    title,
    status,
    // An error that was made without a detail has the title.
    detail: error.message === title ? remedy : error.message,
    instance,
    code: error.code,
    ...(error.errors.length > 0 ? { errors: error.errors.slice(0, maxReportedErrors) } : {}),
  };
}
