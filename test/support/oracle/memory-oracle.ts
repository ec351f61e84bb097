import { isDeepStrictEqual } from 'node:util';
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
  IndexAnswer,
  KeepEvent,
  NewEvent,
  Position,
  RestoredEvent,
  Scalar,
  SourceUsage,
  StorageFigures,
  StoredEvent,
} from '@datakeep/contracts';
import { withoutIndexes } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { groupsOf } from './aggregate.ts';
import { compareScalars, compareStrings, matches, valuesOf } from './matches.ts';
import { chosen } from './chosen.ts';

interface Row {
  readonly event: KeepEvent;
  readonly digest: string | undefined;
}

/**
 * The Data Storage's contract in plain loops over parsed events: slow, unbounded, in memory. The reference for the
 * engines.
 */
export class MemoryOracle implements DataStorage {
  #rows = new Map<string, Row>();
  /** Every change there ever was, its number being its place. */
  readonly #changes: { readonly change: EventChange['change']; readonly event: KeepEvent }[] = [];
  readonly #watchers = new Set<() => void>();
  #closed = false;

  append(events: readonly NewEvent[]): Promise<AppendResult[]> {
    return this.#do(() => {
      const rows = new Map(this.#rows);
      const results = events.map((event) => appendOne(rows, event));
      if (results.every((result) => result.status !== 'conflict')) this.#keep(rows, results);
      return results;
    });
  }

  restore(events: readonly RestoredEvent[]): Promise<AppendResult[]> {
    return this.#do(() => {
      const rows = new Map(this.#rows);
      const results = events.map((event) => restoreOne(rows, event));
      if (results.every((result) => result.status !== 'conflict')) this.#keep(rows, results);
      return results;
    });
  }

  async indexes(): Promise<IndexAnswer> {
    return withoutIndexes('oracle', 'The oracle has no indexes.');
  }

  decide(): Promise<never> {
    return Promise.reject(new DatakeepError('not-found'));
  }

  setIndexPolicy(): Promise<never> {
    return Promise.reject(new DatakeepError('index-decided'));
  }

  query(query: EventQuery): Promise<EventPage> {
    return this.#do(() => {
      const events = [...this.#rows.values()]
        .map((row) => row.event)
        .filter((event) => event.metadata.profile === query.profile);
      const { filter, after } = query;
      const matching = filter ? events.filter((event) => matches(event, filter)) : events;
      const placed = matching
        .map((event) => ({ event, position: positionOf(event, query) }))
        .sort((a, b) => compare(a.position, b.position, query));
      const rest = after ? placed.filter(({ position }) => compare(position, after, query) > 0) : placed;
      const page = rest.slice(0, query.limit);
      const items = page.map(({ event }) =>
        query.fields ? { ...event, payload: chosen(event.payload, query.fields) } : event,
      );
      const next = rest.length > page.length ? (page.at(-1)?.position ?? null) : null;
      return {
        itemsJson: JSON.stringify(items),
        length: items.length,
        next,
        ...(query.count ? { count: matching.length } : {}),
      };
    });
  }

  aggregate(aggregation: Aggregation): Promise<Groups> {
    return this.#do(() => {
      const { profile, filter } = aggregation;
      const events = [...this.#rows.values()]
        .map((row) => row.event)
        .filter((event) => event.metadata.profile === profile);
      const { groups, truncated } = groupsOf(
        filter ? events.filter((event) => matches(event, filter)) : events,
        aggregation,
      );
      return { groupsJson: JSON.stringify(groups), length: groups.length, truncated };
    });
  }

  get(id: string): Promise<StoredEvent | undefined> {
    return this.#do(() => {
      const row = this.#rows.get(id);
      return row && stored(row.event);
    });
  }

  replace(id: string, payload: string, ifVersion?: number, modifiedBy?: string): Promise<StoredEvent> {
    return this.#do(() => {
      const { event, digest } = this.#expect(id, ifVersion);
      const { modifiedBy: _former, ...metadata } = event.metadata;
      const replaced: KeepEvent = {
        ...event,
        metadata: {
          ...metadata,
          version: metadata.version + 1,
          ...(modifiedBy === undefined ? {} : { modifiedBy }),
        },
        payload: JSON.parse(payload) as unknown,
      };
      this.#rows.set(id, { event: replaced, digest });
      this.#tell('modified', replaced);
      return stored(replaced);
    });
  }

  remove(id: string, ifVersion?: number): Promise<void> {
    return this.#do(() => {
      this.#tell('deleted', this.#expect(id, ifVersion).event);
      this.#rows.delete(id);
    });
  }

  removeBySource(source: string): Promise<number> {
    return this.#do(() => {
      const ids = [...this.#rows.values()]
        .filter((row) => row.event.metadata.source === source)
        .map((row) => row.event.id);
      for (const id of ids) {
        this.#tell('deleted', this.#expect(id, undefined).event);
        this.#rows.delete(id);
      }
      return ids.length;
    });
  }

  changes({ profiles, after = '0', limit }: ChangesQuery): Promise<ChangePage> {
    return this.#do(() => {
      if (!/^\d+$/.test(after))
        throw DatakeepError.invalid([{ pointer: '/since', code: 'cursor', detail: 'no place' }]);
      const changes: EventChange[] = [];
      let sequence = Number(after);
      const last = new Map(this.#changes.map(({ event }, index) => [event.id, index + 1]));
      while (sequence < this.#changes.length && changes.length < limit) {
        const { change, event } = this.#changes[sequence]!;
        sequence += 1;
        const { profile } = event.metadata;
        if (last.get(event.id) !== sequence || !(profiles?.includes(profile) ?? true)) continue;
        const { identifier: _gone, ...metadata } = event.metadata;
        const now = change === 'deleted' ? { id: event.id, metadata } : this.#rows.get(event.id)?.event;
        changes.push({ change, profile, json: JSON.stringify(now), place: String(sequence) });
      }
      return { changes, next: String(sequence), more: sequence < this.#changes.length };
    });
  }

  lastChange(): Promise<string> {
    return this.#do(() => String(this.#changes.length));
  }

  watchChanges(wake: () => void): () => void {
    this.#watchers.add(wake);
    return () => void this.#watchers.delete(wake);
  }

  #keep(rows: Map<string, Row>, results: readonly AppendResult[]): void {
    this.#rows = rows;
    for (const { id, status } of results) if (status === 'created') this.#tell('created', rows.get(id)!.event);
  }

  #tell(change: EventChange['change'], event: KeepEvent): void {
    this.#changes.push({ change, event });
    for (const wake of this.#watchers) wake();
  }

  usageOf(source: string): Promise<SourceUsage> {
    return this.#do(() => {
      const own = [...this.#rows.values()].filter(({ event }) => event.metadata.source === source);
      const bytes = own.reduce((sum, { event }) => sum + Buffer.byteLength(JSON.stringify(event.payload)), 0);
      return { events: own.length, bytes };
    });
  }

  figures(): Promise<StorageFigures> {
    return this.#do(() => ({
      engine: 'oracle',
      engineVersion: '1',
      events: this.#rows.size,
      bytes: 0,
      waitingBytes: 0,
    }));
  }

  ping(): Promise<void> {
    return this.#do(() => undefined);
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  async #do<Result>(action: () => Result): Promise<Result> {
    if (this.#closed) throw new DatakeepError('not-ready');
    return action();
  }

  #expect(id: string, ifVersion: number | undefined): Row {
    const row = this.#rows.get(id);
    if (!row) throw new DatakeepError('not-found');
    if (ifVersion !== undefined && row.event.metadata.version !== ifVersion)
      throw new DatakeepError('version-mismatch');
    return row;
  }
}

function appendOne(rows: Map<string, Row>, added: NewEvent): AppendResult {
  const { identifier, profile, source } = added;
  const twin =
    identifier === undefined
      ? undefined
      : [...rows.values()].find(
          ({ event: { metadata } }) =>
            metadata.identifier === identifier && metadata.profile === profile && metadata.source === source,
        );
  if (!twin) {
    const dates = {
      createdDate: new Date(added.createdAt).toISOString(),
      acceptedDate: new Date(added.acceptedAt).toISOString(),
    };
    const metadata = { ...(identifier === undefined ? {} : { identifier }), profile, source, ...dates, version: 1 };
    rows.set(added.id, {
      event: { id: added.id, metadata, payload: JSON.parse(added.payload) as unknown },
      digest: added.digest,
    });
    return { id: added.id, acceptedAt: added.acceptedAt, status: 'created' };
  }
  const sameDate = !added.createdAtGiven || Date.parse(twin.event.metadata.createdDate) === added.createdAt;
  const status = twin.digest === added.digest && sameDate ? 'duplicate' : 'conflict';
  return { id: twin.event.id, acceptedAt: Date.parse(twin.event.metadata.acceptedDate), status };
}

function restoreOne(rows: Map<string, Row>, { version, modifiedBy, ...event }: RestoredEvent): AppendResult {
  const there = rows.get(event.id);
  const alone = new Map<string, Row>();
  appendOne(alone, event);
  const restored = alone.get(event.id) as Row;
  const complete = {
    ...restored.event,
    metadata: { ...restored.event.metadata, version, ...(modifiedBy === undefined ? {} : { modifiedBy }) },
  };
  if (!there) {
    const result = appendOne(rows, event);
    if (result.status !== 'created') return { ...result, status: 'conflict' };
    rows.set(event.id, { ...restored, event: complete });
    return result;
  }
  const status = isDeepStrictEqual(there.event, complete) ? 'duplicate' : 'conflict';
  return { id: event.id, acceptedAt: Date.parse(there.event.metadata.acceptedDate), status };
}

function stored(event: KeepEvent): StoredEvent {
  const { profile, source, version } = event.metadata;
  return { id: event.id, profile, source, version, json: JSON.stringify(event) };
}

function positionOf(event: KeepEvent, query: EventQuery): Position {
  return { values: query.sort.map((key) => (valuesOf(event, key.field)[0] ?? null) as Scalar), id: event.id };
}

function compare(a: Position, b: Position, { sort }: EventQuery): number {
  for (const [index, { direction }] of sort.entries()) {
    const order = compareScalars(a.values[index] ?? null, b.values[index] ?? null);
    if (order !== 0) return direction === 'ascending' ? order : -order;
  }
  const order = compareStrings(a.id, b.id);
  return sort.at(-1)?.direction === 'descending' ? -order : order;
}
