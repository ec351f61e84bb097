import type { ServiceFailures } from './rpc-errors.ts';

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

/**
 * One port as a service: the pattern of a method is `<name>.<method>`. Methods that are left out do not travel
 * (`close`).
 */
export interface ServiceDescription<Port extends object, Methods extends Carried<Port> = Carried<Port>> {
  /** Short, lower case; part of patterns, logs and messages. */
  readonly name: string;
  readonly failures: ServiceFailures;
  readonly methods: Methods;
}

/** `describeService<DataStorage>()({ name, failures, methods })` checks the methods against the port. */
export function describeService<Port extends object>() {
  return <Methods extends Carried<Port>>(
    description: ServiceDescription<Port, Methods>,
  ): ServiceDescription<Port, Methods> => description;
}

/** What a client of a service offers, and what is needed to answer it: the methods that travel. */
export type Remote<Port, Methods> = Pick<Port, keyof Methods & keyof Port>;

/** The patterns of a service, by its methods. */
export const patternsOf = ({ name, methods }: { readonly name: string; readonly methods: object }) =>
  Object.entries(methods as Record<string, MethodDescription<unknown[]>>).map(
    ([method, how]) => ({ method, pattern: `${name}.${method}`, how }) as const,
  );
