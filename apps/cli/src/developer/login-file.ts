import { accessSync, constants, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemFault } from '@datakeep/backup';
import { Datakeep, type TokenStore } from '../../../../clients/typescript/src/index.ts';
import { userConfigFolder, makePrivateFolder } from '@datakeep/kernel';
import { NotDone } from '../outcome.ts';

interface Login {
  readonly url: string;
  readonly token: string;
}

const loginFile = (): string => join(userConfigFolder(), 'login.json');

/** Throws where no token could be kept in the folder, before one is spent that works once. */
export function requireTokenFolder(folder: string): void {
  try {
    makePrivateFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new NotDone(`No token can be kept in ${folder}: ${systemFault(error)}. The association token was not used.`, {
      cause: error,
    });
  }
}

/** Puts token and URL into the user's configuration folder, where this user alone can read them. */
export function loginTokens(url: string): TokenStore {
  return {
    load: () => readLogin()?.token,
    save: (token) => {
      const file = loginFile();
      const next = `${file}.${process.pid}`;
      makePrivateFolder(userConfigFolder());
      writeFileSync(next, `${JSON.stringify({ url, token } satisfies Login)}\n`, { mode: 0o600 });
      renameSync(next, file);
    },
  };
}

/** The keep that `datakeep login` was called for. */
export function loggedIn(): Datakeep {
  const login = readLogin();
  if (login === undefined) throw new NotDone('You are not logged in: `datakeep login --url URL` first.');
  return Datakeep.connect({ url: login.url, tokens: loginTokens(login.url) });
}

/** Where the keep of the login is. */
export const loginUrl = (): string | undefined => readLogin()?.url;

function readLogin(): Login | undefined {
  const file = loginFile();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new NotDone(`${file} cannot be read: ${systemFault(error)}.`, { cause: error });
  }
  try {
    const { url, token } = JSON.parse(text) as Partial<Login>;
    if (typeof url === 'string' && typeof token === 'string') return { url, token };
  } catch {
    // said below
  }
  throw new NotDone(`${file} is damaged: \`datakeep login --url URL\` makes it anew.`);
}
