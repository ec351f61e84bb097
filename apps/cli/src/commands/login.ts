import { hostname } from 'node:os';
import { userConfigFolder } from '@datakeep/kernel';
import { Datakeep } from '../../../../clients/typescript/src/index.ts';
import { keepUrl } from '../developer/keep-url.ts';
import { loginTokens, requireTokenFolder } from '../developer/login-file.ts';
import { readSecret } from '../hidden-line.ts';
import { WrongUse } from '../outcome.ts';
import type { CommandContext } from '../command-context.ts';

export interface LoginOptions {
  readonly url: string;
  readonly associationToken?: string;
  readonly name?: string;
}

/** Associates this command as an app with the keep, and remembers both in place of the former login. */
export async function login(options: LoginOptions, { reporter }: CommandContext): Promise<void> {
  const url = keepUrl(options.url);
  const associationToken =
    options.associationToken ?? (await readSecret(process.stdin, process.stderr, 'Association token'));
  if (associationToken === '')
    throw new WrongUse('An association token is needed: make one in the Control Centre, under Apps.');
  requireTokenFolder(userConfigFolder());
  const name = options.name ?? `datakeep command on ${hostname()}`;
  const keep = await Datakeep.associate({ url, associationToken, name, tokens: loginTokens(url) });
  const me = await keep.me();
  reporter.done({ url, appId: me.appId, name: me.name }, [`Logged in at ${url} as the app ${me.name} (${me.appId}).`]);
}
