import type {
  Aggregation,
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
import { describeService, plain } from '../wire/service-description.ts';
import { appendsTogether, batchOf, results } from './event-batches.ts';

type Replacement = [id: string, payload: string, ifVersion?: number, modifiedBy?: string];

const replacement: Codec<Replacement> = {
  encode: ([id, payload, ifVersion, modifiedBy]) => ({ head: { id, ifVersion, modifiedBy }, text: payload }),
  decode: ({ head, text = '' }) => {
    const { id, ifVersion, modifiedBy } = head as { id: string; ifVersion?: number; modifiedBy?: string };
    const rest = [ifVersion, modifiedBy];
    return [id, text, ...rest.slice(0, rest.findLastIndex((value) => value !== undefined) + 1)] as Replacement;
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
    head: {
      next,
      more,
      changes: changes.map(({ place, change, profile, json: text }) => [place, change, profile, text.length]),
    },
    text: changes.map((change) => change.json).join(''),
  }),
  decode: ({ head, text = '' }) => {
    const { next, more, changes } = head as {
      next: string;
      more: boolean;
      changes: [string, EventChange['change'], string, number][];
    };
    let at = 0;
    return {
      next,
      more,
      changes: changes.map(([place, change, profile, length]) => ({
        place,
        change,
        profile,
        json: text.slice(at, (at += length)),
      })),
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
    append: { repeatable: false, gathered: appendsTogether, request: batchOf<NewEvent>(), response: results },
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
    setIndexPolicy: {
      ...plain<[policy: Partial<IndexPolicy>], IndexPolicy>({ repeatable: true }),
      deadlineMs: () => adviceMs,
    },
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
