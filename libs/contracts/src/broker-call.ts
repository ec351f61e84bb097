import { DatakeepError } from '@datakeep/kernel';
import type { BrokerMethod } from './execution.ts';
import { splitArguments } from './split-arguments.ts';

/** A call of view code to its keep, each argument as the text that the view wrote. */
export type BrokerCall =
  | { readonly method: 'events.query' | 'events.aggregate' | 'events.create'; readonly argument: string }
  | { readonly method: 'events.modify'; readonly id: string; readonly payload: string; readonly ifMatch: string }
  | { readonly method: 'events.delete'; readonly id: string };

/** Throws `unreadable-body` and `invalid` with the argument's place, and `not-found` for an id that none can have. */
export function readBrokerCall(method: BrokerMethod, argumentsJson: string): BrokerCall {
  const args = splitArguments(argumentsJson);
  switch (method) {
    case 'events.query':
      return { method, argument: one(args, 'the query') };
    case 'events.aggregate':
      return { method, argument: one(args, 'the aggregation') };
    case 'events.create':
      return { method, argument: one(args, 'the list of events') };
    case 'events.delete':
      return { method, id: idOf(one(args, "the event's id")) };
    case 'events.modify': {
      atMost(args, 3);
      const [id, payload, version] = args;
      if (id === undefined) throw wrong(0, 'required', "Give the event's id.");
      if (payload === undefined) throw wrong(1, 'required', 'Give the payload.');
      return { method, id: idOf(id), payload, ifMatch: ifMatchOf(version === 'null' ? undefined : version) };
    }
    default:
      throw new DatakeepError('not-found', 'The keep has no such method.');
  }
}

function wrong(place: number, code: 'required' | 'type' | 'unknown-member', detail: string): DatakeepError {
  return DatakeepError.invalidAt(`/${place}`, code, detail);
}

/** `"<version>"` as a header would have it; without a version the view overwrites whatever is there. */
function ifMatchOf(version: string | undefined): string {
  if (version === undefined) return '*';
  if (!/^[1-9]\d{0,15}$/.test(version))
    throw wrong(2, 'type', "The version is a whole number, as in the event's metadata.");
  return `"${version}"`;
}

function idOf(text: string): string {
  const id = /^"([0-9a-f]{24})"$/.exec(text)?.[1];
  if (id === undefined) throw new DatakeepError('not-found');
  return id;
}

function atMost(args: readonly string[], most: number): void {
  if (args.length > most)
    throw wrong(most, 'unknown-member', `Takes ${most} argument${most === 1 ? '' : 's'} at most.`);
}

function one(args: readonly string[], what: string): string {
  atMost(args, 1);
  if (args[0] === undefined) throw wrong(0, 'required', `Give ${what}.`);
  return args[0];
}
