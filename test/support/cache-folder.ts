import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs that tests build or install. Outside the repository, so that `npm ci` and a fresh clone find them. */
export const cacheFolder = join(
  process.env['XDG_CACHE_HOME'] || join(homedir() || tmpdir(), '.cache'),
  'datakeep-test',
);
