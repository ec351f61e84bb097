import { SystemClock } from '@datakeep/kernel';
import { SqliteStorage } from '@datakeep/event-store';

// A process that has its one automatic index dropped and rebuilt, again and again, until it is killed; it prints what it is about to do.
const [directory = ''] = process.argv.slice(2);
const storage = await SqliteStorage.open({
  directory,
  synchronous: 'full',
  readers: 1,
  clock: new SystemClock(),
  indexing: { mode: 'suggest' },
});

for (;;) {
  const index = (await storage.indexes()).indexes.find(({ state }) => state !== 'declared');
  if (!index) throw new Error('there is no automatic index');
  const act = index.state === 'verifying' || index.state === 'active' ? 'drop' : index.state === 'candidate' ? 'approve' : 'rebuild';
  process.stdout.write(`${act}\n`);
  if (index.state !== 'approved') await storage.decide(index.id, act);
}
