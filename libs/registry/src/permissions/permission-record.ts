import type { AuditEntry, Permission, PermissionStatus, Right } from '@datakeep/contracts';
import { field, optional, type CollectionDefinition, type RecordOf } from '@datakeep/documents';
import { isoDate } from '@datakeep/kernel';

/** Times in ms since the epoch. */
const permissionFields = {
  appId: field.text,
  viewInstanceId: optional(field.text),
  profile: field.text,
  requested: field.json<readonly Right[]>(),
  granted: field.json<readonly Right[]>(),
  message: field.text,
  /** `expired` is never stored: it is what `approved` reads as from `liveUntil` on. */
  status: field.textOf<Exclude<PermissionStatus, 'expired'>>(),
  reason: optional(field.text),
  requestedAt: field.number,
  decidedAt: optional(field.number),
  /** Only while approved; `noEnd` when it does not expire, so that one comparison separates live from expired. */
  liveUntil: optional(field.number),
  /** Counts decisions; what a decision compares and sets. */
  decisions: field.number,
};
export type PermissionRecord = RecordOf<typeof permissionFields>;

export const noEnd = Number.MAX_SAFE_INTEGER;

export const permissionDefinition: CollectionDefinition<PermissionRecord> = {
  name: 'permissions',
  fields: permissionFields,
  indexes: [
    { name: 'permissionNewest', fields: ['requestedAt'], serves: "The admin's list, newest first." },
    {
      name: 'permissionApp',
      fields: ['appId', 'profile', 'status'],
      serves: "An app's rights on a profile.",
    },
    { name: 'permissionAppNewest', fields: ['appId', 'requestedAt'], serves: "An app's list, newest first." },
    {
      name: 'permissionInstance',
      fields: ['viewInstanceId', 'profile', 'status'],
      serves: "A view instance's rights on a profile.",
    },
    { name: 'permissionProfile', fields: ['profile', 'status'], serves: 'Who asks for a profile, or may use it.' },
    { name: 'permissionStatus', fields: ['status', 'requestedAt'], serves: 'What waits for the admin, newest first.' },
  ],
};

export function showPermission(record: PermissionRecord, now: number): Permission {
  const expired = record.status === 'approved' && record.liveUntil !== undefined && record.liveUntil <= now;
  return {
    id: record.id,
    appId: record.appId,
    viewInstanceId: record.viewInstanceId,
    profile: record.profile,
    requested: record.requested,
    granted: record.granted,
    message: record.message,
    status: expired ? 'expired' : record.status,
    reason: record.reason,
    requestedAt: isoDate(record.requestedAt),
    decidedAt: isoDate(record.decidedAt),
    expiresAt: record.liveUntil === noEnd ? undefined : isoDate(record.liveUntil),
  };
}

export function requestEntry({ id, appId, profile, requested, viewInstanceId }: PermissionRecord): AuditEntry {
  return {
    action: 'permission.requested',
    actor: { kind: 'app', id: appId },
    subject: { kind: 'permission', id },
    details: { profile, requested, ...(viewInstanceId === undefined ? {} : { viewInstanceId }) },
  };
}
