import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Datakeep } from '../../../../clients/typescript/src/index.ts';
import { tokenFile } from '../../../../clients/typescript/src/http/token-file.ts';
import { keepUrl } from '../developer/keep-url.ts';
import { loggedIn, loginUrl, requireTokenFolder } from '../developer/login-file.ts';
import { NotDone, WrongUse } from '../outcome.ts';
import { firstLineOf } from '../passphrase.ts';

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
  const { url: address, tokenFile: path, associationTokenFile } = options;
  if (address === undefined && path === undefined && associationTokenFile === undefined) {
    const known = loginUrl();
    if (known !== undefined) return { keep: loggedIn(), url: known };
  }
  if (address === undefined || path === undefined)
    throw new WrongUse(
      'An import runs as an app: call `datakeep login --url URL` first, or give both --url and --token-file.',
    );
  const url = keepUrl(address);
  const tokens = tokenFile(path);
  if (existsSync(path)) return { keep: Datakeep.connect({ url, tokens }), url };
  if (associationTokenFile === undefined)
    throw new NotDone(
      `There is no ${path}. Make an app in the Control Centre, put its association token in a file, and give that ` +
        'as --association-token-file once.',
    );
  const associationToken = firstLineOf(associationTokenFile, 'association token');
  requireTokenFolder(dirname(path));
  return { keep: await Datakeep.associate({ url, tokens, associationToken, name: 'Importer' }), url };
}
