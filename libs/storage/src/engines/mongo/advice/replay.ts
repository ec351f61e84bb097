import type { EventPage, EventQuery } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import type { PairedRun } from '../../../advisor/index-engine.ts';
import { notRun, pairedRun, sidesInOrder, type TimedRun } from '../../paired-run.ts';

/** An event that comes or goes between the two sides makes them differ; so often in a row it is the index. */
const attempts = 3;

/** `page` answers the query by the index named, or by the server's choice. */
export async function replayed(
  query: EventQuery,
  former: string,
  page: (hint?: string) => Promise<EventPage>,
): Promise<PairedRun> {
  for (let attempt = 1; ; attempt += 1) {
    const runs = notRun();
    for (const side of sidesInOrder())
      runs[side] = await timed(query, () => page(side === 'without' ? former : undefined));
    const pair = pairedRun(runs);
    if (pair.equal || attempt === attempts) return pair;
  }
}

async function timed({ timeoutMs }: EventQuery, page: () => Promise<EventPage>): Promise<TimedRun> {
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
