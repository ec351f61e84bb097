import { setImmediate as afterPoll } from 'node:timers/promises';

import type { Paging, RecordPage } from '@datakeep/contracts';
import { listPage, type Collection, type Where } from '@datakeep/documents';
import { entryId, toRow, type AuditRecord, type StoredEntry } from './audit-entry.ts';

export interface AuditFilter {
  readonly action?: string;
  /** An id, or a kind of which there is one: `admin`, `keep`. */
  readonly actor?: string;
  readonly subjectId?: string;
  /** ms since the epoch, inclusive. */
  readonly from?: number;
  /** ms since the epoch, exclusive. */
  readonly to?: number;
}

type Log = Collection<StoredEntry>;
interface Span {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Entries that one statement looks at where no index has all that is filtered by: some ms. */
const windowEntries = 10_000;

/**
 * One page of the log, newest first: by the chain, or where anything is filtered by time, which is the same unless the
 * clock was set back. The log grows for as long as the keep is there: one filter, with or without a time, has an index;
 * several, and counts, are read window by window.
 */
export async function listAudit(log: Log, filter: AuditFilter, paging: Paging): Promise<RecordPage<AuditRecord>> {
  const { action, actor, subjectId, from, to } = filter;
  const { limit, after } = paging;
  const where: Where<StoredEntry> = {
    ...(action === undefined ? {} : { action }),
    ...(actor === undefined ? {} : actorWhere(actor)),
    ...(subjectId === undefined ? {} : { subjectId }),
  };
  const filters = Object.keys(where).length;
  const isWhole = filters === 0 && from === undefined && to === undefined;
  const page = isWhole
    ? await listPage(log, 'sequence', where, { limit, after }, toRow)
    : filters < 2
      ? await listPage(log, 'at', { ...where, at: within({ from, to }) }, { limit, after }, toRow)
      : await pageByWindows(log, where, { from, to }, { limit, after });
  if (paging.count !== true) return page;
  return { ...page, count: isWhole ? await lengthOf(log) : await countByWindows(log, where, { from, to }) };
}

const actorWhere = (actor: string): { readonly actorKind: string } | { readonly actorId: string } =>
  actor === 'admin' || actor === 'keep' ? { actorKind: actor } : { actorId: actor };

const within = ({ from, to }: Span) => ({
  ...(from === undefined ? {} : { gte: from }),
  ...(to === undefined ? {} : { lt: to }),
});

/** No entry is ever removed: the newest one's sequence. */
async function lengthOf(log: Log): Promise<number> {
  const [newest] = await log.find({ sort: { field: 'sequence', direction: 'descending' }, limit: 1 });
  return newest?.sequence ?? 0;
}

async function pageByWindows(
  log: Log,
  where: Where<StoredEntry>,
  { from, to = Number.MAX_SAFE_INTEGER }: Span,
  { limit, after }: Pick<Paging, 'limit' | 'after'>,
): Promise<RecordPage<AuditRecord>> {
  const items: StoredEntry[] = [];
  const end = Array.isArray(after) && typeof after[0] === 'number' ? Math.min(to, after[0] + 1) : to;
  for await (const window of windowsOf(log, { from, to: end })) {
    // Once the page is full: whether there is one more.
    const room = Math.max(limit - items.length, 1);
    const found = await listPage(log, 'at', { ...where, at: window }, { limit: room, after }, (entry) => entry);
    const last = items.at(-1);
    if (items.length === limit && last && found.items.length > 0)
      return { items: items.map(toRow), next: [last.at, last.id] };
    items.push(...found.items);
    if (found.next !== null) return { items: items.map(toRow), next: found.next };
  }
  return { items: items.map(toRow), next: null };
}

async function countByWindows(log: Log, where: Where<StoredEntry>, span: Span): Promise<number> {
  let count = 0;
  for await (const window of windowsOf(log, span)) count += await log.count({ ...where, at: window });
  return count;
}

/**
 * Times that together are the span, newest first, each with some `windowEntries` entries: it begins with the entry that
 * many places before its newest. Others are served between them.
 */
async function* windowsOf(log: Log, { from, to }: Span): AsyncGenerator<ReturnType<typeof within>, void, undefined> {
  const sort = { field: 'at', direction: 'descending' } as const;
  for (let end = to; ;) {
    const [newest] = await log.find({ where: { at: within({ from, to: end }) }, sort, limit: 1 });
    if (!newest) return;
    const sequence = newest.sequence - windowEntries;
    const before = sequence > 0 ? await log.get(entryId(sequence)) : undefined;
    // Where the clock was set back, it may be later than the newest.
    const begin = before && Math.min(before.at, newest.at);
    if (begin === undefined || (from !== undefined && begin <= from)) {
      yield within({ from, to: end });
      return;
    }
    yield within({ from: begin, to: end });
    end = begin;
    await afterPoll();
  }
}
