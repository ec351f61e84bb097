/**
 * Moves the keep in FROM to TO, a folder or a database, and kills itself before the step of that number. Prints the
 * number of steps where it is not reached, and then the content. Runs in plain Node, on the last build.
 */
import { join } from 'node:path';
import type { moveKeep as MoveKeep } from '../../libs/keep-data/src/index.ts';
import { lastBuild } from '../../scripts/build.ts';

const { moveKeep } = (await import(join(lastBuild(), 'libs/keep-data/src/index.js'))) as {
  readonly moveKeep: typeof MoveKeep;
};
const [, , from = '', to = '', last = ''] = process.argv;
const isDatabase = (place: string): boolean => place.startsWith('mongodb:');
let steps = 0;
const { content } = await moveKeep({
  config: {
    dataDir: isDatabase(from) ? `${to}-none` : from,
    mongodbUri: isDatabase(from) ? from : undefined,
    signingKey: 'given',
  },
  to: isDatabase(to) ? { uri: to } : { folder: to },
  onProgress: () => undefined,
  onStep: () => {
    if (++steps === Number(last)) process.kill(process.pid, 'SIGKILL');
  },
});
process.stdout.write(JSON.stringify({ steps, content: Object.fromEntries(content) }));
