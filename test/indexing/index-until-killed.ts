import { createLogger, type Logger } from '@datakeep/kernel';
import { SqliteStorage } from '@datakeep/event-store';
import { ManualClock } from '../../libs/kernel/src/testing.ts';
import { aQuery, ofUser, tick } from './indexing.queries.ts';

// A process whose one automatic index comes, proves itself and goes, again and again, until it is killed. It prints each state once it is stored, and before what it stands for is done.
const [directory = '', now = '0'] = process.argv.slice(2);
const say = (state: string): void => void process.stdout.write(`${state}\n`);
const logger: Logger = { ...createLogger('silent'), info: (message) => say(message.replace('automatic index ', '')) };
const clock = new ManualClock(Number(now));
const indexing = { mode: 'suggest', logger, isCalm: () => true } as const;
const storage = await SqliteStorage.open({ directory, synchronous: 'full', readers: 1, clock, indexing });
const present = async () => (await storage.indexes()).indexes.find(({ state }) => state !== 'declared');

/** Asks for the index as often as a verdict needs, and looks around. */
async function live(): Promise<void> {
  for (let user = 0; user < 6; user += 1) await storage.query(aQuery({ filter: ofUser(user) }));
  await clock.advance(tick);
}

const acts = { candidate: 'approve', active: 'drop', dropped: 'rebuild', failed: 'rebuild', reverted: 'rebuild' } as const;
say((await present())?.state ?? 'none');
for (;;) {
  const index = await present();
  if (!index) throw new Error('there is no automatic index');
  const act = index.state in acts ? acts[index.state as keyof typeof acts] : undefined;
  if (act) await storage.decide(index.id, act);
  else await live();
}
