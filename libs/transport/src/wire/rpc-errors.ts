import { DatakeepError, type DatakeepErrorMessage, type ProblemCode } from '@datakeep/kernel';

/**
 * Which codes of the catalogue say that a service could not be asked. All are 503: nothing was done, or the outcome is
 * unknown.
 */
export interface ServiceFailures {
  /** No connection, a lost one, or no answer in time. */
  readonly unreachable: ProblemCode;
  /** Refused before it began: too much in flight, or too late to be answered in time. */
  readonly busy: ProblemCode;
  /** The answer is larger than a message may be. */
  readonly answerTooLarge: ProblemCode;
}

/** What a client waits before it comes back, seconds. */
export const retryAfterSeconds = 1;

const failed = (code: ProblemCode, detail: string) => new DatakeepError(code, detail, { retryAfterSeconds });

/** Nothing was done. */
export const busy = ({ busy: code }: ServiceFailures, detail: string) => failed(code, `${detail} Nothing was done.`);

/** Nothing was sent. */
export const unreachable = (service: string, failures: ServiceFailures) =>
  failed(failures.unreachable, `The ${service} service is out of reach. Nothing was done.`);

/** The request was sent, and no answer came. */
export const unanswered = (service: string, failures: ServiceFailures, repeatable: boolean, why: string) =>
  failed(failures.unreachable, `The ${service} service ${why}.${repeatable ? '' : ' The outcome is unknown.'}`);

/**
 * What a handler threw, as it goes over the wire. What is not of the catalogue is `internal`, without a word of what it
 * was.
 */
export const toWireError = (error: unknown): DatakeepErrorMessage =>
  (DatakeepError.from(error) ?? new DatakeepError('internal')).toJSON();

/**
 * The one place where errors that come back from a service become errors of the catalogue. Nest gives them in three
 * shapes: an object (what a filter threw), a
 * string (`There is no matching message handler…`), or an `Error`/`RpcException` (which holds one of the two). They are
 * known by code, never by class.
 */
export function fromWireError(error: unknown): DatakeepError {
  const known = DatakeepError.from(error) ?? DatakeepError.from(inside(error));
  if (known) return known;
  const { message = error } = (error ?? {}) as { message?: unknown };
  const said = typeof message === 'string' ? message : 'A service answered with an error that says nothing.';
  return new DatakeepError('internal', undefined, { cause: error instanceof Error ? error : new Error(said) });
}

/** What an RpcException holds: `getError()` here, `error` once it has been through JSON. */
function inside(error: unknown): unknown {
  const { getError, error: held } = (error ?? {}) as { getError?: unknown; error?: unknown };
  return typeof getError === 'function' ? (getError.call(error) as unknown) : held;
}
