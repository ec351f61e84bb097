import type { EventQuery } from '@datakeep/contracts';
import { bucketStart, QueryBucket, WriteBucket, type QueryFigures } from './buckets.ts';
import { bucketMs, day, longestSample, mostShapes, sampleSets } from './constants.ts';
import { DecayedSum } from './decayed.ts';
import { Sketch } from './sketch.ts';
import { shapeOf, type QueryShape, type Served } from './shape.ts';

/**
 * The statistics of one shape: the last day bucket by bucket, all before it as decayed sums, and some of its parameter
 * sets.
 */
export class ShapeStatistics {
  readonly shape: QueryShape;
  /** Oldest first, the last one still counting. */
  readonly buckets: QueryBucket[] = [];
  readonly calls = new DecayedSum();
  readonly missedMs = new DecayedSum();
  readonly samples: EventQuery[] = [];
  /** Calls that a sample was drawn from, since a day ago at most. */
  #drawn = 0;
  #drawnSince = 0;
  samplesChanged = false;

  constructor(shape: QueryShape) {
    this.shape = shape;
  }

  add(bucket: QueryBucket): void {
    const at = bucket.start;
    this.calls.add(bucket.calls, at);
    this.missedMs.add(bucket.missedMs, at);
    this.buckets.push(bucket);
    this.buckets.sort((a, b) => a.start - b.start);
  }

  record(query: EventQuery, figures: QueryFigures, now: number, cut: number, random: () => number): void {
    const start = Math.max(bucketStart(now), cut);
    let bucket = this.buckets.at(-1);
    if (!bucket || bucket.start < start) this.buckets.push((bucket = new QueryBucket(start)));
    const before = bucket.missedMs;
    bucket.add(figures);
    this.calls.add(1, now);
    this.missedMs.add(bucket.missedMs - before, now);
    this.#sample(query, now, random);
  }

  /** Each call of the last day has about the same chance to be among the samples. */
  #sample(query: EventQuery, now: number, random: () => number): void {
    if (now - this.#drawnSince > day) {
      this.#drawnSince = now;
      this.#drawn = Math.min(this.#drawn, sampleSets);
    }
    this.#drawn += 1;
    const index = this.samples.length < sampleSets ? this.samples.length : Math.floor(random() * this.#drawn);
    if (index >= sampleSets || JSON.stringify(query).length > longestSample) return;
    this.samples[index] = query;
    this.samplesChanged = true;
  }

  /** Those that were stored, once each. */
  addSamples(stored: readonly EventQuery[]): void {
    const known = new Set(this.samples.map((sample) => JSON.stringify(sample)));
    const others = stored.filter((sample) => !known.has(JSON.stringify(sample)));
    this.samples.push(...others.slice(0, sampleSets - this.samples.length));
  }

  /** From the first bucket of `from` or later on. */
  bucketsFrom(from: number): QueryBucket[] {
    return this.buckets.slice(this.buckets.findLastIndex(({ start }) => start < from) + 1);
  }

  /** The sums, without a sketch, of all that was seen from `from` on. */
  since(from: number): QueryBucket {
    const sum = new QueryBucket(from);
    for (const bucket of this.bucketsFrom(from)) sum.addSums(bucket);
    return sum;
  }

  p95Ms(from: number): number {
    const sketch = new Sketch();
    for (const bucket of this.buckets) if (bucket.start >= from) sketch.merge(bucket.sketch);
    return sketch.quantile(0.95);
  }

  /** Buckets with calls since `from`, and the time between the first and the end of the last of them. */
  spread(from: number): { buckets: number; spanMs: number } {
    let buckets = 0;
    let first = 0;
    let last = Number.NEGATIVE_INFINITY;
    for (const { start, calls } of this.buckets) {
      if (start < from || calls === 0 || bucketStart(start) === last) continue;
      last = bucketStart(start);
      if (buckets === 0) first = last;
      buckets += 1;
    }
    return buckets === 0 ? { buckets, spanMs: 0 } : { buckets, spanMs: last + bucketMs - first };
  }

  /** Time missed from `from` on, ms. */
  missedSince(from: number): number {
    return this.bucketsFrom(from).reduce((sum, { missedMs }) => sum + missedMs, 0);
  }

  /** Distinct values of a field among the samples. */
  distinct(field: string): number {
    return new Set(this.samples.map((query) => valueOf(query.filter, field))).size;
  }

  forgetBefore(at: number): void {
    const first = this.buckets.findIndex((bucket) => bucket.start >= at);
    this.buckets.splice(0, first < 0 ? this.buckets.length : first);
  }
}

function valueOf(filter: EventQuery['filter'], field: string): string | undefined {
  if (!filter) return undefined;
  if (filter.node === 'and') {
    for (const child of filter.children) {
      const value = valueOf(child, field);
      if (value !== undefined) return value;
    }
    return undefined;
  }
  if (filter.node === 'eq' && filter.field === field) return JSON.stringify(filter.value);
  return filter.node === 'in' && filter.field === field ? JSON.stringify(filter.values) : undefined;
}

/** Writes to one profile. */
export class WriteStatistics {
  readonly buckets: WriteBucket[] = [];
  readonly events = new DecayedSum();

  add(bucket: WriteBucket): void {
    this.events.add(bucket.events, bucket.start);
    this.buckets.push(bucket);
    this.buckets.sort((a, b) => a.start - b.start);
  }

  record(events: number, ms: number, now: number, cut: number): void {
    const start = Math.max(bucketStart(now), cut);
    let bucket = this.buckets.at(-1);
    if (!bucket || bucket.start < start) this.buckets.push((bucket = new WriteBucket(start)));
    bucket.events += events;
    bucket.sketch.add(ms);
    this.events.add(events, now);
  }

  eventsSince(from: number): number {
    let sum = 0;
    for (const { start, events } of this.buckets) if (start >= from) sum += events;
    return sum;
  }

  /** Appends, and the 95th part of their durations, from `from` (inclusive) to `to` (exclusive). */
  between(from: number, to = Number.POSITIVE_INFINITY): { appends: number; p95Ms: number } {
    const sketch = new Sketch();
    for (const bucket of this.buckets) if (bucket.start >= from && bucket.start < to) sketch.merge(bucket.sketch);
    return { appends: sketch.count, p95Ms: sketch.quantile(0.95) };
  }
}

/** The advisor's memory of queries and writes. Holds values of queries: nothing of `samples` may leave the storage. */
export class Statistics {
  readonly profiles = new Map<string, WriteStatistics>();
  /** By the keys of their shapes. */
  readonly shapes = new Map<string, ShapeStatistics>();
  readonly #random: () => number;
  /** Where the present buckets begin at the earliest: the counting began, or an index came or went then. */
  #cut = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  queried(query: EventQuery, served: Served, figures: QueryFigures, now: number): void {
    this.of(shapeOf(query, served)).record(query, figures, now, this.#cut, this.#random);
  }

  wrote(profile: string, events: number, ms: number, now: number): void {
    this.writesOf(profile).record(events, ms, now, this.#cut);
  }

  /** Starts new buckets, so that the time before an index is separated from the time after it. */
  cut(now: number): void {
    this.#cut = now;
  }

  of(shape: QueryShape): ShapeStatistics {
    let found = this.shapes.get(shape.key);
    if (!found) {
      if (this.shapes.size >= mostShapes) this.#letOneGo();
      this.shapes.set(shape.key, (found = new ShapeStatistics(shape)));
    }
    return found;
  }

  writesOf(profile: string): WriteStatistics {
    let found = this.profiles.get(profile);
    if (!found) this.profiles.set(profile, (found = new WriteStatistics()));
    return found;
  }

  /** Time of all queries since `from`, ms. */
  totalMs(from: number): number {
    let sum = 0;
    for (const shape of this.shapes.values()) sum += shape.since(from).totalMs;
    return sum;
  }

  /** Forgets what is older than `at`, shapes without a query since, and profiles whose writes count for nothing. */
  forgetBefore(at: number): void {
    for (const [key, shape] of this.shapes) {
      shape.forgetBefore(at);
      if (shape.buckets.length === 0) this.shapes.delete(key);
    }
    for (const [profile, writes] of this.profiles) {
      const first = writes.buckets.findIndex((bucket) => bucket.start >= at);
      writes.buckets.splice(0, first < 0 ? writes.buckets.length : first);
      if (first < 0 && writes.events.value(at) < 1) this.profiles.delete(profile);
    }
  }

  forgetProfile(profile: string): void {
    for (const [key, { shape }] of this.shapes) if (shape.profile === profile) this.shapes.delete(key);
    this.profiles.delete(profile);
  }

  #letOneGo(): void {
    let least: [string, number] | undefined;
    for (const [key, shape] of this.shapes) {
      const cost = shape.buckets.reduce((sum, bucket) => sum + bucket.totalMs, 0);
      if (!least || cost < least[1]) least = [key, cost];
    }
    if (least) this.shapes.delete(least[0]);
  }
}
