import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Of this user, for `datakeep`: below XDG_CONFIG_HOME (XDG Base Directory Specification), or its default. */
export function userConfigFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = environment['XDG_CONFIG_HOME'];
  // A relative path is to be ignored, as the specification says.
  return join(given !== undefined && isAbsolute(given) ? given : join(homedir(), '.config'), 'datakeep');
}
