import { createHash } from 'node:crypto';
import type { EventQuery, IndexPolicy } from '@datakeep/contracts';
import { QueryBucket, WriteBucket } from './buckets.ts';
import { bucketMs, keptMs, storedShapes } from './constants.ts';
import type { AdviceEntry, AdviceStore } from './index-engine.ts';
import type { IndexRecord } from './index-record.ts';
import type { QueryShape } from './shape.ts';
import type { Statistics } from './statistics.ts';

export interface StoredPolicy extends IndexPolicy {
  /** Actions before this do not count for the advisor's health: the admin has set the mode since. */
  readonly healthySince: number;
}

/** Two processes change one record: the second reads it anew. */
export class RecordChanged extends Error {}

/** Lengths that a key of the store can have whatever a profile is called. */
const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);

/** The advisor's records in the engine's store, and statistics on their way there and back. */
export class Memory {
  readonly #store: AdviceStore;
  readonly #holder: string;
  /** The records as they were last read or stored, by name. */
  readonly #records = new Map<string, string>();
  /** When the statistics were first loaded: this process counts from then on. Undefined before. */
  #since: number | undefined;
  #loadedAt = 0;
  #flushedAt = 0;
  /** Kind and key of the buckets that were loaded, and their times. */
  readonly #loaded = new Map<string, number>();

  constructor(store: AdviceStore, holder: string) {
    this.#store = store;
    this.#holder = holder;
  }

  async records(): Promise<Map<string, IndexRecord>> {
    const entries = await this.#store.all('index');
    this.#records.clear();
    for (const { key, value } of entries) this.#records.set(key, value);
    return new Map(entries.map(({ key, value }) => [key, JSON.parse(value) as IndexRecord]));
  }

  /** Throws `RecordChanged` where another process stored the record since it was read. */
  async saveRecord(record: IndexRecord): Promise<void> {
    const { name, profile } = record.definition;
    const value = JSON.stringify(record);
    const entry = { kind: 'index', key: name, at: record.stateAt, profile, value } as const;
    if (!(await this.#store.swap(entry, this.#records.get(name)))) throw new RecordChanged();
    this.#records.set(name, value);
  }

  async deleteRecord(name: string): Promise<void> {
    await this.#store.delete('index', name);
    this.#records.delete(name);
  }

  async policy(): Promise<Partial<StoredPolicy>> {
    const [entry] = await this.#store.all('policy');
    return entry ? (JSON.parse(entry.value) as StoredPolicy) : {};
  }

  savePolicy(policy: StoredPolicy, at: number): Promise<void> {
    return this.#store.put([{ kind: 'policy', key: 'policy', at, profile: null, value: JSON.stringify(policy) }]);
  }

  /** Stores what was counted since the last time. */
  async flush(statistics: Statistics, now: number): Promise<void> {
    // What was loaded is stored already, by whichever process counted it.
    const from = Math.max(this.#since ?? 0, this.#flushedAt - bucketMs);
    const entries: AdviceEntry[] = [];
    const buckets = new Map<string, { profile: string; at: number; shapes: [string, QueryBucket][] }>();
    for (const [key, shape] of statistics.shapes) {
      const { profile } = shape.shape;
      const fresh = shape.bucketsFrom(from);
      if (fresh.length === 0 && !shape.samplesChanged) continue;
      const id = short(key);
      if (fresh.length > 0)
        entries.push({ kind: 'shape', key: id, at: now, profile, value: JSON.stringify(shape.shape) });
      for (const bucket of fresh) {
        const groupKey = `${bucket.start}-${this.#holder}-${short(profile)}`;
        let group = buckets.get(groupKey);
        if (!group) buckets.set(groupKey, (group = { profile, at: bucket.start, shapes: [] }));
        group.shapes.push([id, bucket]);
      }
      if (shape.samplesChanged) {
        entries.push({
          kind: 'sample',
          key: `${this.#holder}-${id}`,
          at: now,
          profile,
          value: JSON.stringify([id, shape.samples]),
        });
        shape.samplesChanged = false;
      }
    }
    for (const [key, { profile, at, shapes }] of buckets) {
      const costliest = shapes.toSorted(([, a], [, b]) => b.totalMs - a.totalMs).slice(0, storedShapes);
      entries.push({ kind: 'bucket', key, at, profile, value: JSON.stringify(costliest, rounded) });
    }
    for (const [profile, { buckets: written }] of statistics.profiles) {
      for (const bucket of written) {
        if (bucket.start < from) continue;
        const key = `${bucket.start}-${this.#holder}-${short(profile)}`;
        entries.push({ kind: 'writes', key, at: bucket.start, profile, value: JSON.stringify(bucket, rounded) });
      }
    }
    if (entries.length > 0) await this.#store.put(entries);
    this.#flushedAt = now;
  }

  /**
   * Adds stored statistics that are not in memory yet: all at first, later those that other processes have counted
   * since. Buckets of other processes are read once they are over.
   */
  async load(statistics: Statistics, now: number): Promise<void> {
    const from = this.#since === undefined ? now - keptMs : this.#loadedAt - 4 * bucketMs;
    const [shapes, samples, buckets, writes] = await Promise.all([
      this.#store.all('shape', from),
      this.#store.all('sample', from),
      this.#store.all('bucket', from),
      this.#store.all('writes', from),
    ]);
    const texts = new Map(shapes.map(({ key, value }) => [key, value]));
    const known = new Map<string, QueryShape>();
    const shapeUnder = (id: string): QueryShape | undefined => {
      const text = texts.get(id);
      if (text !== undefined && !known.has(id)) known.set(id, JSON.parse(text) as QueryShape);
      return known.get(id);
    };
    for (const { value } of this.#unseen(buckets, now)) {
      for (const [id, numbers] of JSON.parse(value) as [string, number[]][]) {
        const shape = shapeUnder(id);
        if (shape) statistics.of(shape).add(QueryBucket.from(numbers));
      }
    }
    for (const { profile, value } of this.#unseen(writes, now)) {
      if (profile !== null) statistics.writesOf(profile).add(WriteBucket.from(JSON.parse(value) as number[]));
    }
    for (const { key, value } of samples) {
      // Its own are in the statistics, except at first.
      if (this.#since !== undefined && key.startsWith(`${this.#holder}-`)) continue;
      const [id, queries] = JSON.parse(value) as [string, EventQuery[]];
      const shape = shapeUnder(id);
      if (shape) statistics.shapes.get(shape.key)?.addSamples(queries);
    }
    // What is older is not read again.
    for (const [key, at] of this.#loaded) if (at < from) this.#loaded.delete(key);
    if (this.#since === undefined) {
      this.#since = now;
      statistics.cut(now);
    }
    this.#loadedAt = now;
  }

  *#unseen(entries: readonly AdviceEntry[], now: number): Iterable<AdviceEntry> {
    for (const entry of entries) {
      const key = `${entry.kind} ${entry.key}`;
      const isOwn = entry.key.includes(`-${this.#holder}-`);
      // Another process may still be adding to a bucket that is not over; a tick later it has flushed it.
      if (this.#loaded.has(key) || (isOwn ? this.#since !== undefined : entry.at + 2 * bucketMs > now)) continue;
      this.#loaded.set(key, entry.at);
      yield entry;
    }
  }

  /** Removes what was kept long enough. */
  async tidy(now: number): Promise<void> {
    for (const kind of ['shape', 'bucket', 'sample', 'writes'] as const) await this.#store.remove(kind, now - keptMs);
  }

  forget(profile: string): Promise<void> {
    return this.#store.forget(profile);
  }
}

/** Six digits are more than was measured, and half the space. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
