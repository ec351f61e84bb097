import { setTimeout as pause } from 'node:timers/promises';
import type { Datakeep, Permission, ViewInstance } from '../../../../../clients/typescript/src/index.ts';
import { NotDone } from '../../outcome.ts';

/** Between looks at a permission that waits, ms: the first, the longest. */
const firstLookMs = 200;
const longestLookMs = 5000;

/** Waits until the admin has decided on every permission of the instance. Throws where one was refused. */
export async function instanceReady(keep: Datakeep, { id, permissions = [] }: ViewInstance): Promise<void> {
  const waiting = permissions.filter(({ status }) => status === 'pending');
  if (waiting.length > 0) {
    const wanted = waiting.map(({ requested, profile }) => `${requested.join(', ')} on ${profile}`).join('; ');
    process.stderr.write(`Waiting until the admin grants the view ${wanted}: Control Centre, Requests.\n`);
  }
  const decided: Permission[] = [];
  for (const permission of permissions) decided.push(await decision(keep, permission));
  // Of one profile several may have been asked for, and one is enough for the keep to run it.
  const approved = new Set(decided.filter(({ status }) => status === 'approved').map(({ profile }) => profile));
  const refused = decided.filter(({ profile }) => !approved.has(profile));
  if (refused.length === 0) return;
  const told = refused.map(({ profile, status, reason }) => {
    const why = reason === undefined ? '' : `: ${reason}`;
    return `${profile} (${status}${why})`;
  });
  throw new NotDone(`The view instance ${id} has no rights on ${told.join(', ')}.`);
}

async function decision(keep: Datakeep, permission: Permission): Promise<Permission> {
  let latest = permission;
  for (let ms = firstLookMs; latest.status === 'pending'; ms = Math.min(ms * 1.5, longestLookMs)) {
    await pause(ms);
    latest = await keep.permissions.get(latest.id);
  }
  return latest;
}
