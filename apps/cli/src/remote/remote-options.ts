import type { AdminOptions } from '../developer/admin-session.ts';
import { WrongUse } from '../outcome.ts';

/** Of a keep that is asked by its API, as its admin. */
export type RemoteOptions = AdminOptions & { readonly url: string };

/** Whether the command is for a keep elsewhere. `local`: options that it then cannot have, and what to do instead. */
export function isRemote<Options extends AdminOptions>(
  options: Options,
  local: Readonly<Record<string, string>> = {},
): options is Options & RemoteOptions {
  const values = options as Readonly<Record<string, unknown>>;
  if (options.url === undefined) {
    for (const [name, option] of [
      ['admin', '--admin'],
      ['passwordFile', '--password-file'],
    ] as const)
      if (values[name] !== undefined) throw new WrongUse(`${option} goes with --url: here the file system decides.`);
    return false;
  }
  for (const [name, instead] of Object.entries(local))
    if (values[name] !== undefined) throw new WrongUse(`--${name} does not go with --url: ${instead}.`);
  return true;
}
