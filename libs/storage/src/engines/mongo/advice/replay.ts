import type { EventPage, EventQuery } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import type { PairedRun } from '../../../advisor/index-engine.ts';

type Side = 'with' | 'without';
interface Run {
  readonly ms: number;
  /** Undefined where the time was over. */
  readonly ids: readonly string[] | undefined;
}

/** An event that comes or goes between the two sides makes them differ; so often in a row it is the index. */
const attempts = 3;

/** Each side twice, in random order; the second time counts, since the first warms the cache. */
export async function replayed(query: EventQuery, page: (side: Side) => Promise<EventPage>): Promise<PairedRun> {
  for (let attempt = 1; ; attempt += 1) {
    const order =
      Math.random() < 0.5
        ? (['with', 'without', 'with', 'without'] as const)
        : (['without', 'with', 'without', 'with'] as const);
    const runs: Record<Side, Run> = { with: { ms: 0, ids: [] }, without: { ms: 0, ids: [] } };
    for (const side of order) runs[side] = await timed(query, () => page(side));
    const { with: indexed, without: plain } = runs;
    const equal = indexed.ids === undefined || plain.ids === undefined || isEqual(indexed.ids, plain.ids);
    if (equal || attempt === attempts)
      return { withMs: indexed.ms, withoutMs: plain.ms, equal, rowsReturned: (indexed.ids ?? []).length };
  }
}

async function timed({ timeoutMs }: EventQuery, page: () => Promise<EventPage>): Promise<Run> {
  const start = performance.now();
  try {
    const { itemsJson } = await page();
    const ms = performance.now() - start;
    return { ms, ids: (JSON.parse(itemsJson) as { id: string }[]).map(({ id }) => id) };
  } catch (error) {
    if (DatakeepError.from(error)?.code === 'query-timeout') return { ms: timeoutMs, ids: undefined };
    throw error;
  }
}

const isEqual = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((id, index) => id === b[index]);
