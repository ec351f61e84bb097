/** What each action of the audit log says, after who did it. An action that is not here shows as it is. */
const sentences: Readonly<Record<string, string>> = {
  'admin.created': 'set the keep up',
  'password.changed': 'changed the password',
  'password.reset': 'set a new password on the host',
  'session.started': 'signed in',
  'session.ended': 'ended a session',
  'sign-in.failed': 'failed to sign in',
  'app.created': 'made a place for an app',
  'app.changed': 'changed an app',
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
  'permission.dropped': 'dropped a permission',
  'event.modified': 'modified an event',
  'event.deleted': 'deleted an event',
  'events.exported': 'exported events',
  'events.imported': 'imported events',
  'events.queried': 'looked at events',
  'view-template.created': 'registered a view template',
  'view-template.version-created': 'corrected a view template',
  'view-template.deleted': 'deleted a view template',
  'view-template.dry-run': 'tried view code',
  'view-instance.created': 'made a view instance',
  'view-instance.deleted': 'deleted a view instance',
  'view-instance.moved': 'moved a view instance to a new version',
  'run.finished': 'finished',
  'run.cancelled': 'cancelled a run',
  'index-policy.changed': 'changed the index policy',
};

export const knownActions: readonly string[] = Object.keys(sentences);

export function actionInWords(action: string): string {
  return sentences[action] ?? action;
}
