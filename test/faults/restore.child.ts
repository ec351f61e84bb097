/**
 * Restores ARCHIVE into DATA_DIR, and kills itself before the step of that number. Prints the number of steps where it
 * is not reached.
 */
import { createReadStream } from 'node:fs';
import { restoreBackup } from '../../libs/backup/src/index.ts';
import { common, parts } from '../../libs/backup/src/testing.ts';

const [, , archive = '', dataDir = '', last = ''] = process.argv;
let steps = 0;
await restoreBackup({
  ...common,
  source: createReadStream(archive),
  dataDir,
  parts,
  now: new Date('2026-12-01T00:00:00Z'),
  onStep: () => {
    if (++steps === Number(last)) process.kill(process.pid, 'SIGKILL');
  },
});
process.stdout.write(String(steps));
