import type { BrokerMethod, EventService, RunCaller } from '@datakeep/contracts';
import { DatakeepError, isId } from '@datakeep/kernel';
import { splitArguments } from './split-arguments.ts';

type Answer = { readonly json: string; readonly items: number };

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
  if (!isId(id)) throw new DatakeepError('not-found');
  return id;
}

function atMost(given: readonly string[], most: number): void {
  if (given.length > most)
    throw wrong(most, 'unknown-member', `Takes ${most} argument${most === 1 ? '' : 's'} at most.`);
}

function one(given: readonly string[], what: string): string {
  atMost(given, 1);
  if (given[0] === undefined) throw wrong(0, 'required', `Give ${what}.`);
  return given[0];
}

/**
 * What a run can reach of the keep. The event service checks the instance's permissions at each call. Arguments are
 * handed on as the text they came as, so a value reaches the event service exactly as the view sent it.
 */
export async function askEventService(
  events: EventService,
  caller: RunCaller,
  method: BrokerMethod,
  argumentsJson: string,
): Promise<Answer> {
  const given = splitArguments(argumentsJson);
  switch (method) {
    case 'events.query': {
      const page = await events.query(caller, one(given, 'the query'));
      return { ...page, json: page.json.join('') };
    }
    case 'events.create': {
      const answer = await events.ingest(caller, `{"events":${one(given, 'the list of events')}}`);
      return { json: JSON.stringify(answer), items: answer.events.length };
    }
    case 'events.modify': {
      atMost(given, 3);
      const [id, payload, version] = given;
      if (id === undefined) throw wrong(0, 'required', "Give the event's id.");
      if (payload === undefined) throw wrong(1, 'required', 'Give the payload.');
      const { json } = await events.modify(
        caller,
        idOf(id),
        `{"payload":${payload}}`,
        ifMatchOf(version === 'null' ? undefined : version),
      );
      return { json, items: 1 };
    }
    case 'events.delete':
      await events.remove(caller, idOf(one(given, "the event's id")), undefined);
      return { json: 'null', items: 1 };
    case 'events.aggregate':
      return events.aggregate(caller, one(given, 'the aggregation'));
    default:
      throw new DatakeepError('not-found', 'The keep has no such method.');
  }
}
