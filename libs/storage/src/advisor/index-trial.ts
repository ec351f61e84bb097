import { QueryBucket } from './buckets.ts';
import { day, gates, neighbours, writes } from './constants.ts';
import { lastChangeAt, type Baseline, type IndexRecord } from './index-record.ts';
import type { AdvisorScope } from './advisor-scope.ts';
import type { ShapeStatistics } from './statistics.ts';
import { areWritesHarmed, isHarmed } from './verification.ts';

type Suspicion = { readonly overMs: number; readonly appends: number };

/** The evidence of the statistics on an index: what its queries and all others cost before it, and cost since. */
export class IndexTrial {
  readonly #scope: AdvisorScope;

  constructor(scope: AdvisorScope) {
    this.#scope = scope;
  }

  /** The shape whose queries judge the index: the one with the most parameter sets and query time. */
  principal(keys: readonly string[]): ShapeStatistics | undefined {
    const shapes = keys.flatMap((key) => this.#scope.statistics.shapes.get(key) ?? []);
    const from = this.#scope.clock.now() - day;
    const weight = (shape: ShapeStatistics): number => shape.samples.length * 1e9 + shape.since(from).totalMs;
    return shapes.toSorted((a, b) => weight(b) - weight(a))[0];
  }

  /** The last day's costs of the index's own shapes and of the expensive others, taken before the build. */
  baseline(record: IndexRecord): Baseline {
    const { statistics, clock } = this.#scope;
    const from = clock.now() - day;
    const totalMs = statistics.totalMs(from);
    const shapes: Record<string, readonly number[]> = {};
    for (const [key, shape] of statistics.shapes) {
      const seen = shape.since(from);
      if (record.shapes.includes(key) || seen.totalMs >= neighbours.share * totalMs) shapes[key] = seen.toJSON();
    }
    return { totalMs, shapes, writes: statistics.writesOf(record.definition.profile).between(from) };
  }

  /**
   * Whether the latest indexes are proved: each has passed its replay and harms nothing so far, and none was reverted
   * within the last hour.
   */
  isProved(): boolean {
    const lately = this.#scope.clock.now() - gates.paceMs;
    for (const record of this.#scope.records.values()) {
      if (record.history.some(({ at, state }) => at > lately && (state === 'reverted' || state === 'failed')))
        return false;
      if (record.state !== 'verifying') continue;
      if (!record.replayed || this.harm(record, { overMs: 0, appends: writes.suspectAppends }) !== undefined)
        return false;
    }
    return true;
  }

  /**
   * Of several indexes on trial, the newest alone answers for harm to other queries and writes; the one before it does
   * once that one is gone.
   */
  latest(): string | undefined {
    const onTrial = [...this.#scope.records.values()].filter(
      ({ state, baseline }) => state === 'verifying' && baseline,
    );
    return onTrial.toSorted((a, b) => (b.builtAt ?? 0) - (a.builtAt ?? 0))[0]?.definition.name;
  }

  /**
   * The harm to others since an index was last added or removed. Harm to writes counts after `overMs` and at least
   * `appends` appends.
   */
  harm({ baseline, definition, shapes }: IndexRecord, { overMs, appends }: Suspicion = writes): string | undefined {
    const { statistics, records, clock } = this.#scope;
    if (!baseline) return undefined;
    const from = lastChangeAt(records.values());
    for (const [key, numbers] of Object.entries(baseline.shapes)) {
      const before = QueryBucket.from(numbers);
      const after = statistics.shapes.get(key)?.since(from);
      if (after && !shapes.includes(key) && isHarmed(before, after, before.totalMs / baseline.totalMs)) {
        return 'queries of another form became more than 20 % slower';
      }
    }
    const now = clock.now();
    if (now - from < overMs) return undefined;
    const recent = statistics.writesOf(definition.profile).between(Math.max(from, now - writes.overMs));
    return areWritesHarmed(baseline.writes, recent, appends)
      ? 'writing became more than 20 % slower for 15 minutes'
      : undefined;
  }
}
