import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openForReading } from '../database-file.ts';
import { failed } from '../failure.ts';
import { Refused } from '../../aggregate/refusal.ts';
import { EventReader, Stopped } from './event-reader.ts';
import type { FromReader, HandedTask, ReadAnswer, ReaderSettings, ToReader } from './read-messages.ts';

const port = parentPort;
if (!port) throw new Error('reader.worker runs in a worker thread');

const settings = workerData as ReaderSettings;
const stop = new Int32Array(settings.stop);
let current = 0;
const stopped = (): boolean => Atomics.load(stop, current) === 1;
let database: DatabaseSync | undefined;
let reader: EventReader | undefined;

/** At the first task and not at the start, when the writer, starting at the same time, may not have made the tables yet. */
function opened(): EventReader {
  database ??= openForReading(settings.directory);
  reader ??= new EventReader(database, stopped);
  return reader;
}

function answer({ task, place }: HandedTask): ReadAnswer {
  current = place;
  try {
    if (stopped()) return { kind: 'failed', failure: 'query-timeout' };
    switch (task.kind) {
      case 'query':
        return { kind: 'page', ...opened().measured(task.query) };
      case 'aggregate':
        return { kind: 'groups', ...opened().aggregate(task.aggregation, task.limits) };
      case 'get':
        return { kind: 'event', event: opened().get(task.id) };
      case 'changes':
        return { kind: 'changes', ...opened().changes.page(task) };
      case 'last-change':
        return { kind: 'last-change', sequence: opened().changes.last() };
      case 'tally':
        return { kind: 'tally', events: opened().tally() };
    }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', refusal: error.refusal };
    return error instanceof Stopped ? { kind: 'failed', failure: 'query-timeout' } : failed(error);
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
