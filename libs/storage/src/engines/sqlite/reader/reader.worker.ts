import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openForReading } from '../database-file.ts';
import { failed } from '../failure.ts';
import { Refused } from '../../aggregate/refusal.ts';
import { EventReader, Stopped } from './event-reader.ts';
import {
  sliceMs,
  type FromReader,
  type HandedTask,
  type ReadAnswer,
  type ReaderSettings,
  type ReadTasks,
  type ToReader,
} from './read-messages.ts';

const port = parentPort;
if (!port) throw new Error('reader.worker runs in a worker thread');

const settings = workerData as ReaderSettings;
const stop = new Int32Array(settings.stop);
let current = 0;
class TooLong extends Error {}
let began = 0;
let cpuAtBegin = 0;

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/**
 * Wall time is cheap to read. CPU time is read only once wall time is up, so that a short read counts as short on a
 * busy machine.
 */
function checkBudget(): void {
  if (Atomics.load(stop, current) === 1) throw new Stopped('the time budget is used up');
  if (settings.sliced && performance.now() - began > sliceMs && cpuMs() - cpuAtBegin > sliceMs) throw new TooLong();
}
let database: DatabaseSync | undefined;
let reader: EventReader | undefined;

/**
 * Opened at the first task and not at the start, when the writer, starting at the same time, may not have created the
 * tables yet.
 */
function opened(): EventReader {
  database ??= openForReading(settings.directory);
  reader ??= new EventReader(database, checkBudget);
  return reader;
}

function answer({ task: { task, values }, place }: HandedTask): ReadAnswer {
  current = place;
  if (settings.sliced) {
    began = performance.now();
    cpuAtBegin = cpuMs();
  }
  let isDone = false;
  try {
    checkBudget();
    const tasks: ReadTasks = opened();
    const value = Reflect.apply(tasks[task], tasks, values);
    isDone = true;
    return { kind: 'done', value };
  } catch (error) {
    if (error instanceof TooLong) return { kind: 'too-long' };
    if (error instanceof Refused) return { kind: 'refused', refusal: error.refusal };
    return error instanceof Stopped ? { kind: 'failed', failure: 'query-timeout' } : failed(error);
  } finally {
    reader?.settle(!isDone);
  }
}

function post(message: FromReader): void {
  port?.postMessage(message);
}

port.on('message', (message: ToReader) => {
  if (message === 'close') {
    database?.close();
    port.close();
  } else post(answer(message));
});
post('ready');
