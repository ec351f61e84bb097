import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Of this user, for `datakeep`: below XDG_CONFIG_HOME (XDG Base Directory Specification), or its default. */
export function userConfigFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const configHome = environment['XDG_CONFIG_HOME'];
  // A relative path is to be ignored, as the specification says.
  return join(configHome !== undefined && isAbsolute(configHome) ? configHome : join(homedir(), '.config'), 'datakeep');
}
