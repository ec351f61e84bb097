import type { AuditDetails, AuditEntry } from '@datakeep/contracts';
import { field, optional, type CollectionDefinition, type RecordOf } from '@datakeep/documents';
import { type Count, isoDate, type Timestamp } from '@datakeep/kernel';

/**
 * The id is the sequence in 24 hex digits: it claims the position in the chain, and an insert of one record is atomic
 * on every engine.
 */
const auditFields = {
  sequence: field.number,
  /** ms since the epoch. */
  at: field.number,
  action: field.text,
  actorKind: field.text,
  actorId: field.text,
  subjectKind: field.text,
  subjectId: field.text,
  details: optional(field.json<AuditDetails>()),
  previousHash: field.text,
  hash: field.text,
};
export type StoredEntry = RecordOf<typeof auditFields>;

export const auditDefinition: CollectionDefinition<StoredEntry> = {
  name: 'audit',
  fields: auditFields,
  indexes: [
    { name: 'auditBySequence', fields: ['sequence'], serves: 'The list, newest first; the head of the chain.' },
    { name: 'auditTime', fields: ['at'], serves: 'What happened in a time, newest first.' },
    { name: 'auditSubject', fields: ['subjectId', 'at'], serves: 'What happened to one thing, newest first.' },
    { name: 'auditAction', fields: ['action', 'at'], serves: 'One kind of act, newest first.' },
    { name: 'auditActor', fields: ['actorId', 'at'], serves: 'What one app, view or admin did, newest first.' },
    { name: 'auditActorKind', fields: ['actorKind', 'at'], serves: 'What the admin or the keep did, newest first.' },
  ],
};

export const entryId = (sequence: number): string => sequence.toString(16).padStart(24, '0');

/** One entry as the admin reads it. `hash` is SHA-256 (hex) over the canonical form (RFC 8785) of all other members. */
export interface AuditRecord extends AuditEntry {
  readonly sequence: Count;
  readonly at: Timestamp;
  readonly previousHash: string;
  readonly hash: string;
}

export function toRow(record: StoredEntry): AuditRecord {
  return {
    sequence: record.sequence,
    at: isoDate(record.at),
    action: record.action,
    actor: { kind: record.actorKind as AuditEntry['actor']['kind'], id: record.actorId },
    subject: { kind: record.subjectKind, id: record.subjectId },
    details: record.details,
    previousHash: record.previousHash,
    hash: record.hash,
  };
}
