import { DatakeepError, type DatakeepErrorMessage, type ProblemCode } from '@datakeep/kernel';

/** Which codes of the catalogue tell that a service could not be asked. All are 503: nothing was done, or the outcome is unknown. */
export interface ServiceFailures {
  /** No connection, a lost one, or no answer in time. */
  readonly unreachable: ProblemCode;
  /** Refused before it began: too much in flight, or too late to be answered in time. */
  readonly busy: ProblemCode;
  /** The answer is larger than a frame may be. */
  readonly answerTooLarge: ProblemCode;
}

/** What a client waits before it comes back, seconds. */
export const retryAfterSeconds = 1;

/** Nothing was done. */
export function busy(failures: ServiceFailures, detail: string): DatakeepError {
  return new DatakeepError(failures.busy, `${detail} Nothing was done.`, { retryAfterSeconds });
}

/** Nothing was sent. */
export function unreachable(service: string, failures: ServiceFailures): DatakeepError {
  return new DatakeepError(failures.unreachable, `The ${service} service is out of reach. Nothing was done.`, {
    retryAfterSeconds,
  });
}

/** The request was sent, and no answer came. */
export function unanswered(
  service: string,
  failures: ServiceFailures,
  repeatable: boolean,
  why: string,
): DatakeepError {
  return new DatakeepError(
    failures.unreachable,
    `The ${service} service ${why}.${repeatable ? '' : ' The outcome is unknown.'}`,
    {
      retryAfterSeconds,
    },
  );
}

/** What a handler threw, as it goes over the wire. What is not of the catalogue is `internal`, without a word of what it was. */
export function toWireError(error: unknown): DatakeepErrorMessage {
  return (DatakeepError.from(error) ?? new DatakeepError('internal')).toJSON();
}

/**
 * The one place where errors that come back from a service become errors of the catalogue. Nest hands them over in three shapes: an object (what a filter threw), a
 * string (`There is no matching message handler…`), or an `Error`/`RpcException` (which holds one of the two). They are told apart by code, never by class.
 */
export function fromWireError(error: unknown): DatakeepError {
  const known = DatakeepError.from(error) ?? DatakeepError.from(inside(error));
  return (
    known ??
    new DatakeepError('internal', undefined, { cause: error instanceof Error ? error : new Error(describe(error)) })
  );
}

/** What an RpcException holds: `getError()` here, `error` once it has been through JSON. */
function inside(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('getError' in error && typeof error.getError === 'function') return (error.getError as () => unknown)();
  return 'error' in error ? error.error : undefined;
}

function describe(error: unknown): string {
  if (typeof error === 'string') return error;
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : 'A service answered with an error that says nothing.';
}
