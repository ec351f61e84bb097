import { chainStart, hashOf, type AuditLog } from '../audit/audit-log.ts';

export interface AuditVerdict {
  readonly intact: boolean;
  readonly entries: number;
  /** Hash of the newest entry. A copy kept elsewhere shows later whether the end was cut off. */
  readonly head: string;
  /** The first entry that does not follow from the one before. */
  readonly brokenAt?: number;
}

/** Walks the whole chain. */
export async function verifyAudit(log: AuditLog): Promise<AuditVerdict> {
  let head = { sequence: 0, hash: chainStart };
  for (;;) {
    const records = await log.since(head.sequence);
    for (const record of records) {
      const { sequence, previousHash, hash } = record;
      if (sequence !== head.sequence + 1 || previousHash !== head.hash || hash !== hashOf(record))
        return { intact: false, entries: head.sequence, head: head.hash, brokenAt: head.sequence + 1 };
      head = record;
    }
    if (records.length === 0) return { intact: true, entries: head.sequence, head: head.hash };
  }
}
