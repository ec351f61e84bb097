import type { Datakeep, ViewInstance } from '../../../../../clients/typescript/src/index.ts';
import { NotDone } from '../../outcome.ts';

/** Waits until the admin has decided on every permission of the instance. Throws where one was refused. */
export async function instanceReady(keep: Datakeep, { id, permissions = [] }: ViewInstance): Promise<void> {
  const waiting = permissions.filter(({ status }) => status === 'pending');
  const wanted = waiting.map(({ requested, profile }) => `${requested.join(', ')} on ${profile}`).join('; ');
  const onWaiting = (): unknown =>
    process.stderr.write(`Waiting until the admin grants the view ${wanted}: Control Centre, Requests.\n`);
  const { missing } = await keep.views.permitted(id, { onWaiting });
  if (missing.length === 0) return;
  const reasons = missing.map(({ profile, status, reason }) => {
    const why = reason === undefined ? '' : `: ${reason}`;
    return `${profile} (${status}${why})`;
  });
  throw new NotDone(`The view instance ${id} has no rights on ${reasons.join(', ')}.`);
}
