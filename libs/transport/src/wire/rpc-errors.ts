import { DatakeepError, type ProblemCode } from '@datakeep/kernel';
import type { Service, ServiceFailures } from './service-description.ts';

const failed = (code: ProblemCode, detail: string) => new DatakeepError(code, detail, { retryAfterSeconds: 1 });

export const busy = ({ busy: code }: ServiceFailures, detail: string) => failed(code, `${detail} Nothing was done.`);

/** Nothing was sent. */
export const unreachable = ({ name, failures }: Service) =>
  failed(failures.unreachable, `The ${name} service is out of reach. Nothing was done.`);

/** The request was sent, and no answer came. */
export const unanswered = ({ name, failures }: Service, repeatable: boolean, why: string) =>
  failed(failures.unreachable, `The ${name} service ${why}.${repeatable ? '' : ' The outcome is unknown.'}`);

/**
 * The one place where errors that come back from a service become errors of the catalogue, known by their code and
 * never by their class. Nest's own come as an object with a `message`, or a string (`There is no matching message
 * handler…`).
 */
export function fromWireError(error: unknown): DatakeepError {
  const known = DatakeepError.from(error);
  if (known) return known;
  const { message = error } = (error ?? {}) as { readonly message?: unknown };
  const said = typeof message === 'string' ? message : 'A service answered with an error that says nothing.';
  return new DatakeepError('internal', undefined, { cause: new Error(said) });
}
