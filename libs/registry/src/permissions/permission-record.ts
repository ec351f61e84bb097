import type { AuditEntry, Permission, PermissionStatus, Right } from '@datakeep/contracts';
import type { CollectionDefinition } from '@datakeep/documents';

import { isoDate } from '../lists/iso-date.ts';

/** Times in ms since the epoch. */
export interface PermissionRecord {
  readonly id: string;
  readonly appId: string;
  readonly viewInstanceId?: string;
  readonly profile: string;
  readonly requested: readonly Right[];
  readonly granted: readonly Right[];
  readonly message: string;
  /** `expired` is never stored: it is what `approved` reads as from `liveUntil` on. */
  readonly status: Exclude<PermissionStatus, 'expired'>;
  readonly reason?: string;
  readonly requestedAt: number;
  readonly decidedAt?: number;
  /** Only while approved; `noEnd` when it does not expire, so that one comparison separates live from expired. */
  readonly liveUntil?: number;
  /** Counts decisions; what a decision compares and sets. */
  readonly decisions: number;
}

export const noEnd = Number.MAX_SAFE_INTEGER;

export const permissionDefinition: CollectionDefinition<PermissionRecord> = {
  name: 'permissions',
  fields: {
    appId: { type: 'string' },
    viewInstanceId: { type: 'string', optional: true },
    profile: { type: 'string' },
    requested: { type: 'json' },
    granted: { type: 'json' },
    message: { type: 'string' },
    status: { type: 'string' },
    reason: { type: 'string', optional: true },
    requestedAt: { type: 'number' },
    decidedAt: { type: 'number', optional: true },
    liveUntil: { type: 'number', optional: true },
    decisions: { type: 'number' },
  },
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
    ...(record.viewInstanceId === undefined ? {} : { viewInstanceId: record.viewInstanceId }),
    profile: record.profile,
    requested: record.requested,
    granted: record.granted,
    message: record.message,
    status: expired ? 'expired' : record.status,
    ...(record.reason === undefined ? {} : { reason: record.reason }),
    requestedAt: isoDate(record.requestedAt),
    ...(record.decidedAt === undefined ? {} : { decidedAt: isoDate(record.decidedAt) }),
    ...(record.liveUntil === undefined || record.liveUntil === noEnd ? {} : { expiresAt: isoDate(record.liveUntil) }),
  };
}

export function requestEntry(record: PermissionRecord): AuditEntry {
  return {
    action: 'permission.requested',
    actor: { kind: 'app', id: record.appId },
    subject: { kind: 'permission', id: record.id },
    details: {
      profile: record.profile,
      requested: record.requested,
      ...(record.viewInstanceId === undefined ? {} : { viewInstanceId: record.viewInstanceId }),
    },
  };
}
