/**
 * `npm run demo`: the whole path from an app to a view's answer, on real data, against a new keep in data-demo, which
 * it creates and keeps for inspection; or against a running one: `npm run demo -- --url http://127.0.0.1:8020
 * --admin-name admin --admin-password …` (the password may also come as ADMIN_PASSWORD). `--flights 5000` takes the
 * first 5,000 of the 231,083 flights. `--folder` names another folder than data-demo, which is new or empty. Exit code
 * 1 when a step does not end as it should.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { figure, printTable } from '../bench/table.ts';
import { AdminClient } from '../test/support/keep-client.ts';
import { KeepProcess } from '../test/support/keep-process.ts';
import { flights } from './datasets.ts';
import { Story } from './story.ts';
import { Walk } from './walk.ts';

/**
 * The index advisor of the demo's keep runs this many times as fast as one in use, which needs at least half an hour to
 * recognise a habit.
 */
const indexTimeFactor = 120;

/** Of a smaller profile no index is thought of (docs/indexing.md). */
const leastFlights = 5000;
const ownFolder = join(import.meta.dirname, '../data-demo');
const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    'admin-name': { type: 'string', default: 'admin' },
    flights: { type: 'string', default: 'all' },
    'admin-password': { type: 'string', default: process.env['ADMIN_PASSWORD'] ?? '' },
    folder: { type: 'string', default: ownFolder },
  },
});
if (values.flights !== 'all' && !(Number(values.flights) >= leastFlights))
  refuse(`--flights ${values.flights} is not legal: expected all, or a number from ${leastFlights} on.`);
const password = randomBytes(18).toString('base64url');

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

/** Only what a demo made before is removed: another folder may hold anybody's data. */
async function startOwn(): Promise<KeepProcess> {
  if (values.folder === ownFolder) rmSync(ownFolder, { recursive: true, force: true });
  else if (existsSync(values.folder) && readdirSync(values.folder).length > 0)
    refuse(`--folder ${values.folder} is not empty: name one that is, or is not there.`);
  return KeepProcess.start({
    dataDir: values.folder,
    env: { ADMIN_PASSWORD: password, INDEX_TIME_FACTOR: String(indexTimeFactor) },
  });
}

async function demo(story: Story): Promise<void> {
  const own = values.url === undefined ? await startOwn() : undefined;
  const url = own?.url ?? values.url ?? '';
  if (own) process.once('SIGINT', () => void own.dispose().finally(() => process.exit(130)));
  try {
    story.title(own ? `A keep of its own, ready after ${figure(own.readyMs)} ms: ${url}` : `The keep at ${url}`);
    const admin = await AdminClient.signIn(
      url,
      own?.adminName ?? values['admin-name'],
      own?.adminPassword ?? values['admin-password'],
    );
    story.say('The admin signed in.');
    const records = flights().slice(0, values.flights === 'all' ? undefined : Number(values.flights));
    const walk = new Walk(story, admin, url, records, own ? indexTimeFactor : undefined);
    try {
      await walk.take();
      if (own) await walk.leaveRequests();
    } finally {
      if (!own) await walk.tidy();
    }
  } finally {
    await own?.dispose();
  }
}

function closingTable(story: Story): void {
  story.title('Rates and times');
  printTable(
    ['step', 'ms', 'count', 'per second'],
    story.chapters.map(({ name, ms, count }) => [
      name,
      figure(ms),
      count === undefined ? '' : count.toLocaleString('en-US'),
      count === undefined ? '' : figure((count / ms) * 1000),
    ]),
  );
}

const story = new Story();
try {
  await demo(story);
  closingTable(story);
  console.log('The demo ended as it should.');
  if (values.url === undefined)
    console.log(
      `\nIts keep is worth a look:\n  DATA_DIR=${relative(process.cwd(), values.folder)} npm start\nand sign in ` +
        `at the address that is printed as admin, with the password ${password}`,
    );
} catch (error) {
  closingTable(story);
  console.error(`The demo did not end as it should. ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
