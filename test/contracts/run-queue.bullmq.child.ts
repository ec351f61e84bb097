import { setTimeout as wait } from 'node:timers/promises';

import { createLogger } from '@datakeep/kernel';
import { openBullRunQueue } from '@datakeep/run-queue';

import { bullOptions } from './run-queue.records.ts';

/** A worker process: works jobs slowly, with a line of output for each step, until it is killed or signalled to end. */
const [redisUrl = '', prefix = '', concurrency = '1', jobMs = '0'] = process.argv.slice(2);
const say = (what: string, ...about: readonly (string | number)[]) =>
  process.stdout.write(`${[what, ...about].join(' ')}\n`);

const queue = await openBullRunQueue({
  redisUrl,
  prefix,
  options: { ...bullOptions, concurrency: Number(concurrency) },
  logger: createLogger('silent'),
});
const worker = queue.work(async ({ id, attempt }, signal) => {
  say('begun', id, attempt);
  signal.addEventListener('abort', () => say('aborted', id, attempt));
  await wait(Number(jobMs));
  say('done', id, attempt);
});
process.once('SIGTERM', () => void worker.close(200).then(() => queue.close()));
say('ready');
