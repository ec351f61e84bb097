import type { Aggregation, DataStorage, EventQuery } from '@datakeep/contracts';
import { type Clock, PolledValue, SystemClock } from '@datakeep/kernel';
import { describeService } from '../wire/service-description.ts';

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
    append: { repeatable: false },
    restore: { repeatable: false },
    query: { repeatable: true, deadlineMs: (query: EventQuery) => query.timeoutMs + marginMs },
    aggregate: { repeatable: true, deadlineMs: (aggregation: Aggregation) => aggregation.timeoutMs + marginMs },
    get: { repeatable: true },
    replace: { repeatable: false },
    remove: { repeatable: false },
    removeBySource: { repeatable: false, deadlineMs: removalMs },
    changes: { repeatable: true },
    lastChange: { repeatable: true },
    indexes: { repeatable: true, deadlineMs: adviceMs },
    decide: { repeatable: false, deadlineMs: adviceMs },
    setIndexPolicy: { repeatable: true, deadlineMs: adviceMs },
    usageOf: { repeatable: true },
    figures: { repeatable: true },
    ping: { repeatable: true, deadlineMs: marginMs },
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
