import {
  type Aggregation,
  type AppendResult,
  type ChangePage,
  type ChangesQuery,
  type DataStorage,
  type EventPage,
  type EventQuery,
  type Groups,
  type IndexAct,
  type IndexAnswer,
  type IndexPolicy,
  type IndexReport,
  type NewEvent,
  type RestoredEvent,
  type SourceUsage,
  type StorageFigures,
  type StoredEvent,
  withoutIndexes,
} from '@datakeep/contracts';
import { type AdmissionLimits, type Clock, DatakeepError, PolledValue } from '@datakeep/kernel';
import { figuresFromText, indexesFromText, indexFromText, policyFromText } from './advice-json.ts';
import { changesFromText, changesToSearch } from './changes-json.ts';
import { batchToText, resultsFromText, storedEventFromText, usageFromText } from './event-json.ts';
import { aggregationToJson, groupsFromText } from './aggregation-json.ts';
import { pageFromText, queryToJson } from './query-json.ts';
import { type StorageRequest, StorageRequests } from './storage-request.ts';

export interface HttpDataStorageOptions {
  /** STORAGE_URL: `http://host:port`. */
  readonly url: string;
  /** STORAGE_KEY. */
  readonly key: string;
  /** Deadline of a call that has none, ms. Default 10,000. */
  readonly deadlineMs?: number;
  readonly inFlight?: AdmissionLimits;
  readonly clock: Clock;
}

type Request = Omit<StorageRequest, 'deadlineMs'> & { readonly deadlineMs?: number };

/** What an answer may take on its way beyond the query's own budget, ms. */
const marginMs = 2000;
const removalMs = 600_000;
const adviceMs = 120_000;

/** Any program that answers `/storage/v1` (api.md) as a `DataStorage`. */
export class HttpDataStorage implements DataStorage {
  readonly #requests: StorageRequests;
  readonly #deadlineMs: number;
  readonly #polled: PolledValue;

  constructor({ url, key, deadlineMs = 10_000, inFlight, clock }: HttpDataStorageOptions) {
    this.#requests = new StorageRequests(url, key, clock, inFlight);
    this.#deadlineMs = deadlineMs;
    this.#polled = new PolledValue(() => this.lastChange(), clock);
  }

  append(events: readonly NewEvent[]): Promise<AppendResult[]> {
    return this.#store('/events', events);
  }

  restore(events: readonly RestoredEvent[]): Promise<AppendResult[]> {
    return this.#store('/events/restore', events);
  }

  query(query: EventQuery): Promise<EventPage> {
    const body = JSON.stringify(queryToJson(query));
    return this.#send(
      { method: 'POST', path: '/events/query', body, deadlineMs: query.timeoutMs + marginMs },
      pageFromText,
    );
  }

  aggregate(aggregation: Aggregation): Promise<Groups> {
    const body = JSON.stringify(aggregationToJson(aggregation));
    return this.#send(
      { method: 'POST', path: '/events/aggregate', body, deadlineMs: aggregation.timeoutMs + marginMs },
      groupsFromText,
    );
  }

  get(id: string): Promise<StoredEvent | undefined> {
    return this.#find({ path: eventPath(id) }, storedEventFromText);
  }

  replace(id: string, payload: string, ifVersion?: number, modifiedBy?: string): Promise<StoredEvent> {
    const by = modifiedBy === undefined ? '' : `,"modifiedBy":${JSON.stringify(modifiedBy)}`;
    const body = `{"payload":${payload}${by}}`;
    return this.#send({ method: 'PUT', path: eventPath(id), body, ifMatch: etagOf(ifVersion) }, storedEventFromText);
  }

  remove(id: string, ifVersion?: number): Promise<void> {
    return this.#send({ method: 'DELETE', path: eventPath(id), ifMatch: etagOf(ifVersion) }, () => undefined);
  }

  removeBySource(source: string): Promise<number> {
    const path = `/events?source=${encodeURIComponent(source)}`;
    return this.#send({ method: 'DELETE', path, deadlineMs: removalMs }, (text) => {
      const { removed } = JSON.parse(text) as { removed?: unknown };
      if (typeof removed !== 'number') throw new TypeError('no number of removed events');
      return removed;
    });
  }

  changes(query: ChangesQuery): Promise<ChangePage> {
    return this.#send({ method: 'GET', path: `/events/changes?${changesToSearch(query)}` }, changesFromText);
  }

  lastChange(): Promise<string> {
    return this.#send({ method: 'GET', path: '/events/changes?limit=0' }, (text) => changesFromText(text).next);
  }

  watchChanges(wake: () => void): () => void {
    return this.#polled.watch(wake);
  }

  /** A program without that route makes no automatic indexes. */
  async indexes(): Promise<IndexAnswer> {
    return (
      (await this.#find({ path: '/indexes', deadlineMs: adviceMs }, indexesFromText)) ??
      withoutIndexes('unknown', 'The storage at STORAGE_URL says nothing of its indexes.')
    );
  }

  decide(id: string, act: IndexAct): Promise<IndexReport> {
    return this.#send(
      { method: 'POST', path: `/indexes/${encodeURIComponent(id)}/${act}`, deadlineMs: adviceMs },
      indexFromText,
    );
  }

  setIndexPolicy(policy: Partial<IndexPolicy>): Promise<IndexPolicy> {
    const body = JSON.stringify(policy);
    return this.#send({ method: 'PUT', path: '/index-policy', body, deadlineMs: adviceMs }, policyFromText);
  }

  /** A program without that route does not count by source. */
  usageOf(source: string): Promise<SourceUsage | undefined> {
    return this.#find({ path: `/usage?source=${encodeURIComponent(source)}` }, usageFromText);
  }

  figures(): Promise<StorageFigures> {
    return this.#send({ method: 'GET', path: '/health' }, figuresFromText);
  }

  ping(): Promise<void> {
    return this.#send({ method: 'GET', path: '/health', deadlineMs: marginMs }, () => undefined);
  }

  close(): Promise<void> {
    this.#polled.stop();
    return this.#requests.close();
  }

  async #store(path: string, events: readonly (NewEvent | RestoredEvent)[]): Promise<AppendResult[]> {
    if (events.length === 0) return [];
    return this.#send({ method: 'POST', path, body: batchToText(events) }, (text) =>
      resultsFromText(text, events.length),
    );
  }

  /** Undefined for a 404. */
  async #find<T>(request: Omit<Request, 'method'>, read: (text: string) => T): Promise<T | undefined> {
    try {
      return await this.#send({ method: 'GET', ...request }, read);
    } catch (error) {
      if (DatakeepError.from(error)?.code === 'not-found') return undefined;
      throw error;
    }
  }

  #send<T>(request: Request, read: (text: string) => T): Promise<T> {
    return this.#requests.send({ deadlineMs: this.#deadlineMs, ...request }, read);
  }
}

const eventPath = (id: string): string => `/events/${encodeURIComponent(id)}`;
const etagOf = (version: number | undefined): string => (version === undefined ? '*' : `"${version}"`);
