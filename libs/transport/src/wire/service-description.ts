import { type AnswerCodec, type Codec, json } from './codec.ts';
import type { Gathering } from './gathered.ts';
import type { ServiceFailures } from './rpc-errors.ts';

/** How one method of a port travels. */
export interface MethodDescription<Arguments extends unknown[] = never[], Result = unknown> {
  /** Asking twice does what asking once does, and it changes nothing: it may be sent again to another server when the first was lost. */
  readonly repeatable: boolean;
  /** Calls that come together travel together. */
  readonly gathered?: Gathering<Arguments, Result>;
  readonly request: Codec<Arguments>;
  readonly response: AnswerCodec<Arguments, Result>;
  /** How long the caller waits, ms; default: the client's. For methods whose arguments say how long they may take. */
  readonly deadlineMs?: (...args: Arguments) => number;
}

type Carried<Port> = {
  readonly [M in keyof Port]?: Port[M] extends (...args: infer Arguments) => infer Result
    ? MethodDescription<Arguments, Awaited<Result>>
    : never;
};

/**
 * One port as a service: the pattern of a method is `<name>.<method>`. Methods that are left out do not travel (`close`).
 * Made with `describeService`, so that the port's types are checked against the codecs.
 */
export interface ServiceDescription<Port extends object, Methods extends Carried<Port> = Carried<Port>> {
  /** Short, lower case; stands in patterns, logs and messages. */
  readonly name: string;
  readonly failures: ServiceFailures;
  readonly methods: Methods;
}

/** `describeService<DataStorage>()({ name, failures, methods })`. */
export function describeService<Port extends object>() {
  return <Methods extends Carried<Port>>(
    description: ServiceDescription<Port, Methods>,
  ): ServiceDescription<Port, Methods> => description;
}

/** What a client of a service offers: the methods that travel, each returning a promise. */
export type Remote<Port, Methods> = {
  readonly [M in keyof Port & keyof Methods]: Port[M] extends (...args: infer Arguments) => infer Result
    ? (...args: Arguments) => Promise<Awaited<Result>>
    : never;
};

/** A method whose arguments and result are small JSON. */
export function plain<Arguments extends unknown[], Result>(options: {
  readonly repeatable: boolean;
  readonly deadlineMs?: (...args: Arguments) => number;
}): MethodDescription<Arguments, Result> {
  return { ...options, request: json(), response: json() };
}

/** The description of one method where its types no longer matter. */
export type AnyMethod = MethodDescription<unknown[], unknown>;

export function methodsOf(description: { readonly methods: object }): [string, AnyMethod][] {
  return Object.entries(description.methods) as [string, AnyMethod][];
}

export const patternOf = (service: string, method: string): string => `${service}.${method}`;
