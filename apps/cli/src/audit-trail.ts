import type { ReadDocuments } from '@datakeep/documents';
import { type AuditRecord, type AuditVerdict, verifyAudit, verifyAuditBackwards } from '@datakeep/registry';
import { counted } from './counted.ts';
import { reasonOf } from './doctor/finding.ts';

/** What following the hash chain of an audit trail came to. */
export interface FollowedTrail {
  readonly isWhole: boolean;
  /** For a person. */
  readonly said: string;
  /** Absent where it cannot be read. */
  readonly verdict?: AuditVerdict;
}

const faults = {
  missing: 'is missing, and later ones are there.',
  unlinked: 'does not carry the hash of the one before it.',
  changed: 'is not what its hash was made of.',
} as const;

/** Follows the chain of the records that `open` opens for reading. */
export async function followTrail(open: () => ReadDocuments | Promise<ReadDocuments>): Promise<FollowedTrail> {
  try {
    const documents = await open();
    return followed(await verifyAudit(documents).finally(() => documents.close()));
  } catch (error) {
    return { isWhole: false, said: `It cannot be read: ${reasonOf(error)}` };
  }
}

/** The same of entries that a keep gives its admin, newest first. */
export async function followTrailBackwards(entries: AsyncIterable<AuditRecord>): Promise<FollowedTrail> {
  return followed(await verifyAuditBackwards(entries));
}

function followed(verdict: AuditVerdict): FollowedTrail {
  return { isWhole: verdict.broken === undefined, said: textOf(verdict), verdict };
}

function textOf({ entries, head, broken }: AuditVerdict): string {
  const count = counted(entries, 'entry', 'entries');
  if (broken !== undefined)
    return `The chain is whole for ${count}. Entry ${(entries + 1).toLocaleString('en')} ${faults[broken]}`;
  return entries === 0 ? 'It has no entry yet.' : `A whole chain of ${count}, whose last hash is ${head}.`;
}
