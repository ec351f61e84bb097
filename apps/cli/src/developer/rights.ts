import { type Datakeep, KeepError, type Right } from '../../../../clients/typescript/src/index.ts';
import { NotDone } from '../outcome.ts';

const silenceMs = 1500;

const isUnknown = (error: unknown): boolean =>
  error instanceof KeepError && error.errors.some(({ code }) => code === 'unknown-profile');

export const unknownProfile = (name: string, cause: unknown): NotDone =>
  new NotDone(`The keep has no profile ${JSON.stringify(name)}. \`datakeep types\` lists those that it has.`, {
    cause,
  });

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
    const { missing, reason } = await keep.permissions.ensure({ profile, rights, message }).catch((error: unknown) => {
      throw isUnknown(error) ? unknownProfile(profile, error) : error;
    });
    if (missing.length === 0) return;
    const why = reason === undefined ? '' : ` Reason: ${reason}.`;
    throw new NotDone(`The admin did not grant ${missing.join(', ')} on ${profile}.${why}`);
  } finally {
    clearTimeout(timer);
  }
}
