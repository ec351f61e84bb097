import type { AppendResult, NewEvent, RestoredEvent } from '@datakeep/contracts';
import type { AnswerCodec, Codec } from '../wire/codec.ts';
import { type Column, columnOf, valuesOf } from '../wire/columns.ts';
import type { Gathering } from '../wire/gathered.ts';

type BatchEvent = NewEvent & Partial<RestoredEvent>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Lengths of payloads in UTF-16 units. */
type EventColumns = { readonly rows: number; readonly length: Column<number> } & {
  readonly [K in Exclude<keyof BatchEvent, 'payload'>]: Column<NonNullable<BatchEvent[K]>>;
};

// Members are named one by one, here and below: what goes by names that are looked up costs more than all else that a small batch is encoded with.
function columnsOf(events: readonly BatchEvent[]): EventColumns {
  return {
    rows: events.length,
    id: columnOf(events.map((event) => event.id)),
    profile: columnOf(events.map((event) => event.profile)),
    source: columnOf(events.map((event) => event.source)),
    identifier: columnOf(events.map((event) => event.identifier)),
    createdAt: columnOf(events.map((event) => event.createdAt)),
    acceptedAt: columnOf(events.map((event) => event.acceptedAt)),
    digest: columnOf(events.map((event) => event.digest)),
    createdAtGiven: columnOf(events.map((event) => event.createdAtGiven)),
    version: columnOf(events.map((event) => event.version)),
    modifiedBy: columnOf(events.map((event) => event.modifiedBy)),
    length: columnOf(events.map((event) => event.payload.length)),
  };
}

function eventsOf(columns: EventColumns, text: string): BatchEvent[] {
  const { rows } = columns;
  const id = valuesOf(columns.id, rows);
  const profile = valuesOf(columns.profile, rows);
  const source = valuesOf(columns.source, rows);
  const identifier = valuesOf(columns.identifier, rows);
  const createdAt = valuesOf(columns.createdAt, rows);
  const acceptedAt = valuesOf(columns.acceptedAt, rows);
  const digest = valuesOf(columns.digest, rows);
  const createdAtGiven = valuesOf(columns.createdAtGiven, rows);
  const version = valuesOf(columns.version, rows);
  const modifiedBy = valuesOf(columns.modifiedBy, rows);
  const length = valuesOf(columns.length, rows);
  const events: BatchEvent[] = [];
  let at = 0;
  for (let row = 0; row < rows; row += 1) {
    const payload = text.slice(at, (at += length(row)!));
    const event: Mutable<BatchEvent> = {
      id: id(row)!,
      profile: profile(row)!,
      source: source(row)!,
      createdAt: createdAt(row)!,
      acceptedAt: acceptedAt(row)!,
      payload,
    };
    const named = identifier(row);
    if (named !== undefined) event.identifier = named;
    const digested = digest(row);
    if (digested !== undefined) event.digest = digested;
    const given = createdAtGiven(row);
    if (given !== undefined) event.createdAtGiven = given;
    const versioned = version(row);
    if (versioned !== undefined) event.version = versioned;
    const modifier = modifiedBy(row);
    if (modifier !== undefined) event.modifiedBy = modifier;
    events.push(event);
  }
  if (at !== text.length) throw new RangeError('the lengths of the payloads do not add up');
  return events;
}

/** A batch: the payloads one after the other as the text; their lengths, and all else, in the JSON. */
export const batchOf = <Event extends BatchEvent>(): Codec<[events: readonly Event[]]> => ({
  encode: ([events]) => {
    let text = '';
    for (const { payload } of events) text += payload;
    return { head: columnsOf(events), text };
  },
  decode: ({ head, text = '' }) => [eventsOf(head as EventColumns, text) as Event[]],
});

/** What became of an event where that is not plain creation: its place in its list, and its result. */
type Exception = readonly [place: number, id: string, acceptedAt: number, status: AppendResult['status']];

function exceptionsOf(results: readonly AppendResult[]): Exception[] {
  const exceptions: Exception[] = [];
  results.forEach(({ id, acceptedAt, status }, place) => {
    if (status !== 'created') exceptions.push([place, id, acceptedAt, status]);
  });
  return exceptions;
}

/** Throws `RangeError` for an exception to what was not sent. */
function resultsOf(events: readonly NewEvent[], exceptions: readonly Exception[]): AppendResult[] {
  const results: AppendResult[] = events.map(({ id, acceptedAt }) => ({ id, acceptedAt, status: 'created' }));
  for (const [place, id, acceptedAt, status] of exceptions) {
    if (results[place] === undefined) throw new RangeError('a result for an event that was not sent');
    results[place] = { id, acceptedAt, status };
  }
  return results;
}

/** The caller made the id and the acceptedAt of what is created: only exceptions travel. */
export const results: AnswerCodec<[events: readonly NewEvent[]], AppendResult[]> = {
  encode: (list) => ({ head: exceptionsOf(list) }),
  decode: ({ head }, [events]) => resultsOf(events, head as Exception[]),
};

/** Several lists as one, and how long each was. Throws `RangeError` where that does not add up. */
function partsOf<T>(list: readonly T[], counts: readonly number[]): T[][] {
  let at = 0;
  const parts = counts.map((count) => list.slice(at, (at += count)));
  if (at !== list.length) throw new RangeError('the lengths of the lists do not add up');
  return parts;
}

/** A list with more events, or more text (UTF-16 units), travels alone. */
const mostGathered = 8;
const longestGathered = 64 * 1024;

const batch = batchOf<NewEvent>();

/** Several short lists as one batch, and how many events each had. */
export const appendsTogether: Gathering<[events: readonly NewEvent[]], AppendResult[]> = {
  textOf: (events) => {
    if (events.length > mostGathered) return undefined;
    let text = 0;
    for (const { payload } of events) text += payload.length;
    return text > longestGathered ? undefined : text;
  },
  requests: {
    encode: (calls) => {
      const { head, text = '' } = batch.encode([calls.flatMap(([events]) => events)]);
      return { head: { events: head, counts: calls.map(([events]) => events.length) }, text };
    },
    decode: ({ head, text }) => {
      const { events, counts } = head as { events: unknown; counts: readonly number[] };
      const [all] = batch.decode(text === undefined ? { head: events } : { head: events, text });
      return partsOf(all, counts).map((list) => [list]);
    },
  },
  responses: {
    encode: (lists) => ({
      head: lists.flatMap((list, call) => {
        const exceptions = exceptionsOf(list ?? []);
        return exceptions.length === 0 ? [] : [[call, exceptions] as const];
      }),
    }),
    decode: ({ head }, calls) => {
      const exceptions = new Map(head as readonly (readonly [call: number, Exception[]])[]);
      for (const call of exceptions.keys())
        if (calls[call] === undefined) throw new RangeError('results for a list that was not sent');
      return calls.map(([events], call) => resultsOf(events, exceptions.get(call) ?? []));
    },
  },
};
