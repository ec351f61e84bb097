import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';

import { DocumentConflict, SqliteDocuments, type Write } from '@datakeep/documents';
import { createLogger, SystemClock } from '@datakeep/kernel';
import { EmbeddedRunQueue } from '@datakeep/run-queue';

import { deliveries, jobCount, options, outcomes } from './run-queue.records.ts';

/**
 * Works jobs slowly until all have ended, or until it kills itself at the delivery of that number (a busy test might
 * kill it too late). Every delivery and outcome is in a separate store: as for a run of a view, the first outcome of a
 * job counts.
 */
const [folder = '', run, killAt] = process.argv.slice(2);
let begun = 0;
const store = SqliteDocuments.open({ file: join(folder, 'outcomes.sqlite'), synchronous: 'normal' });
const [delivered, ended] = [store.collection(deliveries), store.collection(outcomes)];
const queue = await EmbeddedRunQueue.open({
  documents: SqliteDocuments.open({ file: join(folder, 'queue.sqlite'), synchronous: 'normal' }),
  clock: new SystemClock(),
  options,
  logger: createLogger('silent'),
});

async function commitOnce(write: Write): Promise<void> {
  await store.commit([write]).catch((error: unknown) => {
    if (!(error instanceof DocumentConflict)) throw error;
  });
}

queue.work(async (job) => {
  const number = Number(job.id.slice('run-'.length));
  const id = `${job.id} ${job.attempt}`;
  await store.commit([delivered.insert({ id, job: job.id, attempt: job.attempt })]);
  if (++begun === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  await wait(5 + (number % 4) * 5);
  const rejects = number % 9 === 0 || (number % 5 === 0 && job.attempt === 1);
  if (!rejects) await commitOnce(ended.insert({ id: job.id, outcome: 'done' }));
  await store.commit([delivered.update(id, { set: { end: rejects ? 'rejected' : 'resolved' } })]);
  if (rejects) throw new Error('as planned');
});

if (run === 'first') await Promise.all(Array.from({ length: jobCount }, (_, n) => queue.add(`run-${n}`)));
const isBusy = async () => Object.values(await queue.counts()).some((count) => count > 0);
while (await isBusy()) await wait(10);
await queue.close();
await store.close();
