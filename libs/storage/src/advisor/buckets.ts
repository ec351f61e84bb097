import { bucketMs, servedMs, servedRowMs } from './constants.ts';
import { Sketch } from './sketch.ts';

export interface QueryFigures {
  readonly ms: number;
  readonly rowsReturned: number;
  readonly rowsExamined: number;
  /** What an index would at the least have to look at: more than was returned where the query counts. */
  readonly rowsTouched: number;
  /** Whether nothing that matches was left for a next page. */
  readonly complete: boolean;
}

/** In the order in which they are stored. */
const sums = [
  'calls',
  'totalMs',
  'sumLn',
  'sumLn2',
  'rows',
  'examined',
  'completeCalls',
  'completeRows',
  'missedMs',
] as const;

/** What was seen of one shape in five minutes, or in a part of them where an index came or went in between. */
export class QueryBucket {
  readonly start: number;
  calls = 0;
  totalMs = 0;
  sumLn = 0;
  sumLn2 = 0;
  rows = 0;
  examined = 0;
  completeCalls = 0;
  completeRows = 0;
  /** Time above what it would take with an index. */
  missedMs = 0;
  readonly sketch: Sketch;

  constructor(start: number, sketch: Sketch = new Sketch()) {
    this.start = start;
    this.sketch = sketch;
  }

  add({ ms, rowsReturned, rowsExamined, rowsTouched, complete }: QueryFigures): void {
    const ln = Math.log(Math.max(ms, 1e-3));
    this.calls += 1;
    this.totalMs += ms;
    this.sumLn += ln;
    this.sumLn2 += ln * ln;
    this.rows += rowsReturned;
    this.examined += rowsExamined;
    if (complete) {
      this.completeCalls += 1;
      this.completeRows += rowsTouched;
    }
    this.missedMs += Math.max(0, ms - servedMs - servedRowMs * rowsTouched);
    this.sketch.add(ms);
  }

  /** Adds all but the sketch. Not by the members' names, which takes several times as long: a look adds thousands. */
  addSums(other: QueryBucket): void {
    this.calls += other.calls;
    this.totalMs += other.totalMs;
    this.sumLn += other.sumLn;
    this.sumLn2 += other.sumLn2;
    this.rows += other.rows;
    this.examined += other.examined;
    this.completeCalls += other.completeCalls;
    this.completeRows += other.completeRows;
    this.missedMs += other.missedMs;
  }

  toJSON(): number[] {
    return [this.start, ...sums.map((name) => this[name]), ...this.sketch.pairs().flat()];
  }

  static from([start = 0, ...numbers]: readonly number[]): QueryBucket {
    const bucket = new QueryBucket(start, Sketch.of(pairsOf(numbers.slice(sums.length))));
    for (const [index, name] of sums.entries()) bucket[name] = numbers[index] ?? 0;
    return bucket;
  }
}

/** What was written to one profile in the same time. */
export class WriteBucket {
  readonly start: number;
  events = 0;
  /** Durations of appends with such events. */
  readonly sketch: Sketch;

  constructor(start: number, sketch: Sketch = new Sketch()) {
    this.start = start;
    this.sketch = sketch;
  }

  toJSON(): number[] {
    return [this.start, this.events, ...this.sketch.pairs().flat()];
  }

  static from([start = 0, events = 0, ...pairs]: readonly number[]): WriteBucket {
    return Object.assign(new WriteBucket(start, Sketch.of(pairsOf(pairs))), { events });
  }
}

function pairsOf(flat: readonly number[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([flat[at] as number, flat[at + 1] as number]);
  return pairs;
}

export const bucketStart = (at: number): number => at - (at % bucketMs);
