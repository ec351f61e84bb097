import { existsSync, readFileSync } from 'node:fs';
import { Datakeep } from '../../../../clients/typescript/src/index.ts';
import { tokenFile } from '../../../../clients/typescript/src/http/token-file.ts';
import { loggedIn, loginUrl } from '../developer/login-file.ts';
import { NotDone, WrongUse } from '../outcome.ts';

export interface KeepOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly associationTokenFile?: string;
}

/**
 * The keep, as the app of `datakeep login`, or as the app whose token is in the file that is given; where there is none
 * yet, an association token makes one.
 */
export async function connect(options: KeepOptions): Promise<{ readonly keep: Datakeep; readonly url: string }> {
  const { url, tokenFile: path, associationTokenFile } = options;
  if (url === undefined && path === undefined && associationTokenFile === undefined) {
    const known = loginUrl();
    if (known !== undefined) return { keep: loggedIn(), url: known };
  }
  if (url === undefined || path === undefined)
    throw new WrongUse(
      'An import runs as an app: call `datakeep login --url URL` first, or give both --url and --token-file.',
    );
  const tokens = tokenFile(path);
  if (existsSync(path)) return { keep: Datakeep.connect({ url, tokens }), url };
  if (associationTokenFile === undefined)
    throw new NotDone(
      `There is no ${path}. Make an app in the Control Centre, put its association token in a file, and give that ` +
        'as --association-token-file once.',
    );
  const associationToken = readFileSync(associationTokenFile, 'utf8').trim();
  return { keep: await Datakeep.associate({ url, tokens, associationToken, name: 'Importer' }), url };
}

/** Resolves once the admin has decided, and says that it waits where that takes longer. */
export async function ensureRight(
  keep: Datakeep,
  profile: string,
  right: 'create' | 'delete',
  message: string,
): Promise<void> {
  const waits = setTimeout(() => {
    process.stderr.write(`Asked for \`${right}\` on ${profile}: approve it in the Control Centre, under Requests.\n`);
  }, 1500);
  try {
    const { missing, reason } = await keep.permissions.ensure({ profile, rights: [right], message });
    if (missing.length > 0)
      throw new NotDone(`\`${right}\` on ${profile} was not granted${reason === undefined ? '' : `: ${reason}`}.`);
  } finally {
    clearTimeout(waits);
  }
}
