import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import type { AuditList, ListAuditEntriesData } from '../../api/operations.ts';

export interface AuditFilter {
  readonly action?: string;
  readonly actor?: string;
  readonly subject?: string;
  /** RFC 3339. */
  readonly from?: string;
  readonly to?: string;
}

export function useAudit(filter: AuditFilter, cursor: string | undefined) {
  return useQuery({
    queryKey: ['audit', 'list', filter, cursor],
    queryFn: ({ signal }) => auditPage(filter, cursor, 50, signal),
    placeholderData: keepPreviousData,
  });
}

function auditPage(
  filter: AuditFilter,
  cursor: string | undefined,
  limit: number,
  signal: AbortSignal,
): Promise<AuditList> {
  return call<ListAuditEntriesData, AuditList>('GET', '/admin/v1/audit', {
    query: { ...filter, limit, ...(cursor === undefined ? {} : { cursor }) },
    signal,
  });
}

/** All entries that the filter lets through, newest first, one JSON document a line. `onProgress` gets their number. */
export async function exportAudit(
  filter: AuditFilter,
  signal: AbortSignal,
  onProgress: (entries: number) => void,
): Promise<Blob> {
  const parts: string[] = [];
  let entries = 0;
  let cursor: string | undefined;
  do {
    const page = await auditPage(filter, cursor, 1000, signal);
    parts.push(page.items.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    entries += page.items.length;
    onProgress(entries);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return new Blob(parts, { type: 'application/x-ndjson' });
}
