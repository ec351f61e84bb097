import { everyOf, type DocumentStore } from '@datakeep/documents';
import { auditDefinition, type AuditRecord, toRow } from './audit-entry.ts';
import { chainStart, hashOf } from './audit-log.ts';

/**
 * How an entry shows that the log is not as the keep wrote it. `missing`: the next one there has a later sequence;
 * `unlinked`: it carries another hash than that of the one before; `changed`: it is not what its own hash was made of.
 */
export type AuditBreak = 'missing' | 'unlinked' | 'changed';

export interface AuditVerdict {
  /** Entries that follow from each other, from the first on. */
  readonly entries: number;
  /** Hash of the last of them. A copy kept elsewhere shows later whether the end was cut off, or all written anew. */
  readonly head: string;
  /** At the entry after them. */
  readonly broken?: AuditBreak;
}

/** Follows the chain from the first entry to the one that is the newest now, page by page. */
export async function verifyAudit(documents: Pick<DocumentStore, 'collection'>): Promise<AuditVerdict> {
  const log = documents.collection(auditDefinition);
  const [newest] = await log.find({ sort: { field: 'sequence', direction: 'descending' }, limit: 1 });
  let head = { sequence: 0, hash: chainStart };
  if (newest !== undefined) {
    const where = { sequence: { lte: newest.sequence } };
    for await (const entry of everyOf(log, { where, sort: { field: 'sequence', direction: 'ascending' } }, 1000)) {
      const broken = breakAt(entry, head, () => toRow(entry));
      if (broken !== undefined) return { entries: head.sequence, head: head.hash, broken };
      head = entry;
    }
  }
  return { entries: head.sequence, head: head.hash };
}

/** The same of entries as the admin reads them, newest first: what the last word is on comes first. */
export async function verifyAuditBackwards(entries: AsyncIterable<AuditRecord>): Promise<AuditVerdict> {
  let verdict: AuditVerdict = { entries: 0, head: chainStart };
  let newer: AuditRecord | undefined;
  const meet = (older: Link): void => {
    const entry = newer;
    const broken = entry && breakAt(entry, older, () => entry);
    if (entry === undefined || broken)
      verdict = { entries: older.sequence, head: older.hash, ...(broken && { broken }) };
  };
  for await (const entry of entries) {
    meet(entry);
    newer = entry;
  }
  if (newer) meet({ sequence: 0, hash: chainStart });
  return verdict;
}

type Link = Pick<AuditRecord, 'sequence' | 'hash'>;

function breakAt(entry: Link & { previousHash: string }, before: Link, row: () => AuditRecord): AuditBreak | undefined {
  if (entry.sequence > before.sequence + 1) return 'missing';
  if (entry.sequence !== before.sequence + 1 || entry.previousHash !== before.hash) return 'unlinked';
  return isAsWritten(entry, row) ? undefined : 'changed';
}

function isAsWritten({ hash }: Link, row: () => AuditRecord): boolean {
  try {
    return hashOf(row()) === hash;
  } catch {
    // Such as a time that is no date.
    return false;
  }
}
