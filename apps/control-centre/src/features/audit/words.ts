/** The sentence for each action of the audit log, after its actor. An action that is not here shows as it is. */
const sentences: Readonly<Record<string, string>> = {
  'admin.created': "made the owner's account",
  'admin.password-changed': 'changed the password',
  'admin.password-reset': 'set a new password on the host',
  'admin.second-factor-enabled': 'turned the second factor on',
  'admin.second-factor-disabled': 'turned the second factor off',
  'admin.recovery-code-used': 'signed in with a recovery code',
  'admin.recovery-codes-renewed': 'made new recovery codes',
  'passkey.added': 'added a passkey',
  'passkey.renamed': 'renamed a passkey',
  'passkey.removed': 'removed a passkey',
  'backup.begun': 'began a backup',
  'backup.downloaded': 'downloaded a backup',
  'backup.deleted': 'deleted a backup',
  'backup.schedule-changed': 'changed the schedule of backups',
  'session.started': 'signed in',
  'session.confirmed': 'gave password or passkey once more',
  'session.ended': 'ended a session',
  'sign-in.failed': 'failed to sign in',
  'app.created': 'made a place for an app',
  'app.changed': 'changed an app',
  'app.limits-changed': 'set how much an app may have',
  'key.rotated': 'made a new signing key',
  'app.deletion-begun': 'began to remove an app',
  'app.deleted': 'removed an app',
  'app-token.renewed': 'renewed its token',
  'app-token.revoked': "revoked an app's tokens",
  'association-token.created': 'made a one-time token',
  'association.used': 'connected with a one-time token',
  'profile.registered': 'registered a profile',
  'profile.deleted': 'deleted a profile',
  'permission.requested': 'asked for a permission',
  'permission.approved': 'approved a permission',
  'permission.denied': 'denied a permission',
  'permission.revoked': 'revoked a permission',
  'permission.suspended': 'put a permission aside until you say so again',
  'permission.withdrawn': 'withdrew a request',
  'permission.lapsed': 'removed a request that nobody answered in 30 days',
  'permission.dropped': 'dropped a permission',
  'event.modified': 'changed an event',
  'event.deleted': 'deleted an event',
  'events.exported': 'exported events',
  'events.imported': 'imported events',
  'events.queried': 'looked at events',
  'events.read': 'looked at an event',
  'events.aggregated': 'counted up events',
  'view-template.created': 'registered a view template',
  'view-template.version-created': 'corrected a view template',
  'view-template.deleted': 'deleted a view template',
  'view-template.dry-run': 'tried view code',
  'view-instance.created': 'made a view instance',
  'view-instance.deleted': 'deleted a view instance',
  'view-instance.moved': 'moved a view instance to a new version',
  'run.finished': 'finished',
  'run.cancelled': 'cancelled a run',
  'index.approved': 'approved an index',
  'index.rejected': 'rejected an index',
  'index.kept': 'keeps an index for good',
  'index.dropped': 'dropped an index',
  'index.rebuild-requested': 'had an index rebuilt',
  'index-policy.changed': 'changed the index policy',
};

/** The names of details, as the owner reads them. */
export const detailLabels: Readonly<Record<string, string>> = {
  secretId: 'one-time token',
  tokenId: 'token',
  oldTokenId: 'former token',
  ended: 'older tokens ended',
  address: 'from the address',
  method: 'by',
  former: 'former key',
  voided: 'void from now on',
  eventsDeleted: 'events deleted',
  members: 'changed',
  hash: 'digest of the schema',
  sourceDigest: 'digest of the source',
  code: 'error',
  duplicates: 'already there',
  accepted: 'stored',
  from: 'from version',
  to: 'to version',
  spaceBudget: 'share of the data’s size',
  fromHour: 'from hour',
  toHour: 'to hour',
  keys: 'fields',
};

/** A detail's value as text; a list with commas. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return value.map(valueText).join(', ') || 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return value.toLocaleString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string);
}

export const knownActions: readonly string[] = Object.keys(sentences);

export function actionInWords(action: string): string {
  return sentences[action] ?? action;
}
