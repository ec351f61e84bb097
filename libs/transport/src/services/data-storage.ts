import type {
  Aggregation,
  AppendResult,
  ChangePage,
  ChangesQuery,
  DataStorage,
  EventChange,
  EventPage,
  EventQuery,
  Groups,
  IndexAct,
  IndexAnswer,
  IndexPolicy,
  IndexReport,
  NewEvent,
  RestoredEvent,
  StoredEvent,
} from '@datakeep/contracts';
import { type Clock, PolledValue, SystemClock } from '@datakeep/kernel';
import { type Codec, json, optional, withText } from '../wire/codec.ts';
import { type Columns, fromColumns, toColumns } from '../wire/columns.ts';
import type { Gathering } from '../wire/gathered.ts';
import { describeService, plain } from '../wire/service-description.ts';

const eventMembers = ['id', 'profile', 'source', 'identifier', 'createdAt', 'acceptedAt', 'digest', 'createdAtGiven', 'version', 'length'] as const;
const resultMembers = ['id', 'acceptedAt', 'status'] as const;

type EventRow = Record<(typeof eventMembers)[number], string | number | boolean | undefined>;
type EventColumns = Columns<(typeof eventMembers)[number]>;
type ResultColumns = Columns<(typeof resultMembers)[number]>;

const rowOf = ({
  id,
  profile,
  source,
  identifier,
  createdAt,
  acceptedAt,
  digest,
  createdAtGiven,
  version,
  payload,
}: NewEvent & { readonly version?: number }): EventRow => ({
  id,
  profile,
  source,
  identifier,
  createdAt,
  acceptedAt,
  digest,
  createdAtGiven,
  version,
  length: payload.length,
});

function eventsOf<Event>(columns: EventColumns, text: string): Event[] {
  let at = 0;
  const events = fromColumns(eventMembers, columns).map(({ length, ...rest }) => {
    const end = at + Number(length);
    const payload = text.slice(at, end);
    at = end;
    return Object.assign(rest, { payload }) as unknown as Event;
  });
  if (at !== text.length) throw new RangeError('the lengths of the payloads do not add up');
  return events;
}

/** A batch: the payloads one after the other as the text; their lengths in UTF-16 units, and all else, in the JSON. */
const batchOf = <Event extends NewEvent & { readonly version?: number }>(): Codec<[events: readonly Event[]]> => ({
  encode: ([events]) => {
    let text = '';
    for (const { payload } of events) text += payload;
    return { head: toColumns(eventMembers, events.map(rowOf)), text };
  },
  decode: ({ head, text = '' }) => [eventsOf<Event>(head as EventColumns, text)],
});

const results: Codec<AppendResult[]> = {
  encode: (list) => ({ head: toColumns(resultMembers, list) }),
  decode: ({ head }) => fromColumns(resultMembers, head as ResultColumns) as unknown as AppendResult[],
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
const appendsTogether: Gathering<[events: readonly NewEvent[]], AppendResult[]> = {
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
      head: { results: results.encode(lists.flatMap((list) => list ?? [])).head, counts: lists.map((list) => list?.length ?? 0) },
    }),
    decode: ({ head }) => {
      const { results: all, counts } = head as { results: unknown; counts: readonly number[] };
      return partsOf(results.decode({ head: all }), counts);
    },
  },
};

const replacement: Codec<[id: string, payload: string, ifVersion?: number]> = {
  encode: ([id, payload, ifVersion]) => ({ head: { id, ifVersion }, text: payload }),
  decode: ({ head, text = '' }) => {
    const { id, ifVersion } = head as { id: string; ifVersion?: number };
    return ifVersion === undefined ? [id, text] : [id, text, ifVersion];
  },
};

const removal: Codec<[id: string, ifVersion?: number]> = {
  encode: ([id, ifVersion]) => ({ head: { id, ifVersion } }),
  decode: ({ head }) => {
    const { id, ifVersion } = head as { id: string; ifVersion?: number };
    return ifVersion === undefined ? [id] : [id, ifVersion];
  },
};

const nothing: Codec<void> = { encode: () => ({ head: null }), decode: () => undefined };
const storedEvent = withText<'json', StoredEvent>('json');

/** A page of changes: the events' texts one after the other as the text. */
const changePage: Codec<ChangePage> = {
  encode: ({ changes, next, more }) => ({
    head: { next, more, changes: changes.map(({ sequence, change, profile, json: text }) => [sequence, change, profile, text.length]) },
    text: changes.map((change) => change.json).join(''),
  }),
  decode: ({ head, text = '' }) => {
    const { next, more, changes } = head as { next: string; more: boolean; changes: [number, EventChange['change'], string, number][] };
    let at = 0;
    return {
      next,
      more,
      changes: changes.map(([sequence, change, profile, length]) => ({ sequence, change, profile, json: text.slice(at, (at += length)) })),
    };
  },
};

/** What the answer may take on its way beyond the query's own budget, ms. */
const marginMs = 2000;
/** Removing every event of an app goes in bounded steps, each short; all of them may take a while. */
const removalMs = 600_000;
/** The index advisor answers when it is done with what it is at: a build, or queries that it runs again. */
const adviceMs = 120_000;

/** The Data Storage as a service. `close` does not travel: closing a client leaves the storage running. */
export const dataStorageService = describeService<DataStorage>()({
  name: 'storage',
  failures: { unreachable: 'storage-unreachable', busy: 'storage-busy', answerTooLarge: 'query-timeout' },
  methods: {
    append: { repeatable: false, gathered: appendsTogether, request: batch, response: results },
    restore: { repeatable: false, request: batchOf<RestoredEvent>(), response: results },
    query: {
      repeatable: true,
      request: json<[query: EventQuery]>(),
      response: withText<'itemsJson', EventPage>('itemsJson'),
      deadlineMs: (query: EventQuery) => query.timeoutMs + marginMs,
    },
    aggregate: {
      repeatable: true,
      request: json<[aggregation: Aggregation]>(),
      response: withText<'groupsJson', Groups>('groupsJson'),
      deadlineMs: (aggregation: Aggregation) => aggregation.timeoutMs + marginMs,
    },
    get: { repeatable: true, request: json<[id: string]>(), response: optional(storedEvent) },
    replace: { repeatable: false, request: replacement, response: storedEvent },
    remove: { repeatable: false, request: removal, response: nothing },
    removeBySource: { ...plain<[source: string], number>({ repeatable: false }), deadlineMs: () => removalMs },
    changes: { repeatable: true, request: json<[query: ChangesQuery]>(), response: changePage },
    lastChange: plain({ repeatable: true }),
    indexes: { ...plain<[], IndexAnswer>({ repeatable: true }), deadlineMs: () => adviceMs },
    decide: { ...plain<[id: string, act: IndexAct], IndexReport>({ repeatable: false }), deadlineMs: () => adviceMs },
    setIndexPolicy: { ...plain<[policy: Partial<IndexPolicy>], IndexPolicy>({ repeatable: true }), deadlineMs: () => adviceMs },
    figures: plain({ repeatable: true }),
    ping: { repeatable: true, request: json<[]>(), response: nothing, deadlineMs: () => marginMs },
  },
});

/** A `DataStorage` from a client of the service: `close` closes the client, and changes are watched for by asking. */
export function remoteDataStorage(
  client: { readonly port: Omit<DataStorage, 'close' | 'watchChanges'>; readonly control: { close(): Promise<void> } },
  clock: Clock = new SystemClock(),
): DataStorage {
  const polled = new PolledValue(() => client.port.lastChange(), clock);
  return { ...client.port, watchChanges: (wake) => polled.watch(wake), close: () => client.control.close() };
}
