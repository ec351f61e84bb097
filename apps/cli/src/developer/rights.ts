import type { Datakeep, Right } from '../../../../clients/typescript/src/index.ts';
import { NotDone } from '../outcome.ts';

const silenceMs = 1500;

/** Asks for the rights that are not there yet and waits for the admin, saying so. */
export async function ensureRights(
  keep: Datakeep,
  profile: string,
  rights: readonly Right[],
  message = 'For the datakeep command',
): Promise<void> {
  const say = (): void => {
    const wanted = `${rights.join(', ')} on ${profile}`;
    process.stderr.write(`Waiting until the admin grants ${wanted}: Control Centre, Requests.\n`);
  };
  const timer = setTimeout(say, silenceMs);
  try {
    const { missing, reason } = await keep.permissions.ensure({ profile, rights, message });
    if (missing.length === 0) return;
    const why = reason === undefined ? '' : ` Reason: ${reason}.`;
    throw new NotDone(`The admin did not grant ${missing.join(', ')} on ${profile}.${why}`);
  } finally {
    clearTimeout(timer);
  }
}
