/**
 * `npm run demo`: the whole path from an app to a view's answer, on real data, against a keep that it starts itself in
 * a fresh folder and removes again; or against a running one:
 * `npm run demo -- --url http://127.0.0.1:8020 --admin-name admin --admin-password …` (the password may also come as
 * ADMIN_PASSWORD). `--flights 5000` takes the first 5,000 of the 231,083 flights.
 * Exit code 1 when a step does not end as it should.
 */
import { parseArgs } from 'node:util';
import { figure, printTable } from '../bench/table.ts';
import { AdminClient } from '../test/support/keep-client.ts';
import { KeepProcess } from '../test/support/keep-process.ts';
import { flights } from './datasets.ts';
import { Story } from './story.ts';
import { Walk } from './walk.ts';

/** The keep of the demo weighs its indexes so many times as fast as one in use, which takes half an hour at the least to call something a habit. */
const indexTimeFactor = 120;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    'admin-name': { type: 'string', default: 'admin' },
    flights: { type: 'string', default: 'all' },
    'admin-password': { type: 'string', default: process.env['ADMIN_PASSWORD'] ?? '' },
  },
});

async function demo(story: Story): Promise<void> {
  const own =
    values.url === undefined
      ? await KeepProcess.start({ env: { INDEX_TIME_FACTOR: String(indexTimeFactor) } })
      : undefined;
  const url = own?.url ?? values.url ?? '';
  if (own) process.once('SIGINT', () => void own.dispose().finally(() => process.exit(130)));
  try {
    story.title(own ? `A keep in a fresh folder, ready after ${figure(own.readyMs)} ms: ${url}` : `The keep at ${url}`);
    const admin = await AdminClient.signIn(
      url,
      own?.adminName ?? values['admin-name'],
      own?.adminPassword ?? values['admin-password'],
    );
    story.say('The admin signed in.');
    const records = flights().slice(0, values.flights === 'all' ? undefined : Number(values.flights));
    const walk = new Walk(story, admin, records, own ? indexTimeFactor : undefined);
    try {
      await walk.take();
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
} catch (error) {
  closingTable(story);
  console.error(`The demo did not end as it should. ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
