import { createHash } from 'node:crypto';
import type { CursorSealer, Paging, RecordPage } from '@datakeep/contracts';
import type { Count } from '@datakeep/kernel';
import type { ListParameters } from './query-dtos.ts';

/** @internal */
export interface ListAnswer<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
  readonly count?: Count;
}

/**
 * Pages a list of records: opens the cursor for exactly this caller and request (all but `limit` and `cursor`), asks
 * for one page, seals the next place.
 */
export async function answerList<T>(
  cursors: CursorSealer,
  route: string,
  callerId: string,
  query: ListParameters,
  read: (paging: Paging) => Promise<RecordPage<T>>,
): Promise<ListAnswer<T>> {
  const { limit = 50, cursor, count, ...filters } = query;
  const scope = createHash('sha256')
    .update(
      JSON.stringify([
        route,
        callerId,
        Object.entries(filters)
          .filter(([, value]) => value !== undefined)
          .toSorted(),
        count ?? false,
      ]),
    )
    .digest('base64url');
  const page = await read({
    limit,
    ...(cursor === undefined ? {} : { after: cursors.open(scope, cursor, '/cursor') }),
    ...(count ? { count } : {}),
  });
  return {
    items: page.items,
    nextCursor: page.next === null || page.next === undefined ? null : cursors.seal(scope, page.next),
    ...(page.count === undefined ? {} : { count: page.count }),
  };
}
