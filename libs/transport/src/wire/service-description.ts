import type { ProblemCode } from '@datakeep/kernel';

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

/** How one method of a port travels: its arguments and its result as JSON, or undefined. */
export interface MethodDescription<Arguments extends unknown[] = never[]> {
  /** A second call does what the first did: it may be sent again to another server when the first was lost. */
  readonly repeatable: boolean;
  /** How long the caller waits, ms; default: the client's. */
  readonly deadlineMs?: number | ((...args: Arguments) => number);
}

type Carried<Port> = {
  readonly [M in keyof Port]?: Port[M] extends (...args: infer Arguments) => unknown
    ? MethodDescription<Arguments>
    : never;
};

export interface Service {
  /** Short, lower case; part of patterns, logs and messages. */
  readonly name: string;
  readonly failures: ServiceFailures;
}

/** One port as a service: the pattern of a method is `<name>.<method>`. */
export interface ServiceDescription<
  Port extends object,
  Methods extends Carried<Port> = Carried<Port>,
> extends Service {
  /** Methods that are left out do not travel (`close`). */
  readonly methods: Methods;
}

/** `describeService<DataStorage>()({ name, failures, methods })` checks the methods against the port. */
export const describeService =
  <Port extends object>() =>
  <Methods extends Carried<Port>>(description: ServiceDescription<Port, Methods>): typeof description =>
    description;

/** What a client of a service offers, and what is needed to answer it: the methods that travel. */
export type Remote<Port, Methods> = Pick<Port, keyof Methods & keyof Port>;

export const patternsOf = ({ name, methods }: { readonly name: string; readonly methods: object }) =>
  Object.entries(methods as Record<string, MethodDescription<unknown[]>>).map(
    ([method, how]) => ({ method, pattern: `${name}.${method}`, how }) as const,
  );
