import { parentPort, workerData } from 'node:worker_threads';
import { openForReading } from '../database-file.ts';
import { failureOf } from '../failure.ts';
import { EventReader, Stopped } from './event-reader.ts';
import type { FromReader, ReadAnswer, ReaderSettings, ReadTask, ToReader } from './read-messages.ts';

const port = parentPort;
if (!port) throw new Error('reader.worker runs in a worker thread');

const settings = workerData as ReaderSettings;
const stop = new Int32Array(settings.stop);
const stopped = (): boolean => Atomics.load(stop, 0) === 1;
const database = openForReading(settings.directory);
const reader = new EventReader(database, stopped);

function answer(task: ReadTask): ReadAnswer {
  try {
    if (stopped()) return { kind: 'failed', failure: 'query-timeout' };
    switch (task.kind) {
      case 'query':
        return { kind: 'page', page: reader.query(task.query) };
      case 'get':
        return { kind: 'event', event: reader.get(task.id) };
      case 'tally':
        return { kind: 'tally', events: reader.tally() };
    }
  } catch (error) {
    return { kind: 'failed', failure: error instanceof Stopped ? 'query-timeout' : failureOf(error) };
  }
}

function post(message: FromReader): void {
  port?.postMessage(message);
}

port.on('message', (message: ToReader) => {
  if (message === 'close') {
    database.close();
    port.close();
  } else post(answer(message));
});
post('ready');
