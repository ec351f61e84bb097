import { parentPort, workerData } from 'node:worker_threads';
import { busyMs, openForWriting } from '../database-file.ts';
import { failed } from '../failure.ts';
import { EventWriter } from './event-writer.ts';
import {
  type FromWriter,
  type ToWriter,
  type WriteAnswer,
  type WriteRequest,
  type WriterSettings,
  type WriteTasks,
} from './write-messages.ts';

/** Group commit: a transaction takes at most this many requests, or what it can within the time (ADR 12). */
const groupRequests = 100;
const groupMs = 5;
/** Tasks that leave in the log what was removed or replaced. */
const erasing = new Set<WriteRequest['task']>(['remove', 'sweep', 'replace']);

const port = parentPort;
if (!port) throw new Error('writer.worker runs in a worker thread');

const settings = workerData as WriterSettings;
const database = openForWriting(settings.directory, settings.synchronous, settings.maxBytes);
const writer = new EventWriter(database);
const tasks: WriteTasks = writer;
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');
let emptying: NodeJS.Timeout | undefined;

/**
 * Carries out as many requests as fit into one transaction; the answers count once it is committed. Each is added to
 * `answers` when it is done.
 */
function transaction(requests: readonly WriteRequest[], answers: WriteAnswer[]): void {
  const end = performance.now() + groupMs;
  begin.run();
  for (const request of requests) {
    const value: ReturnType<WriteTasks[keyof WriteTasks]> = Reflect.apply(tasks[request.task], tasks, request.values);
    answers.push(typeof value === 'object' && 'kind' in value ? value : { kind: 'done', value });
    if (answers.length === groupRequests || performance.now() >= end) break;
  }
  writer.settle();
  commit.run();
}

/**
 * `secure_delete` overwrites what is removed in the file alone: in the log its pages stand until the log was filled and
 * begun anew, in a quiet keep for weeks. The same as `LogEmptier` of libs/sqlite: Node loads this thread from source in
 * tests, where no other lib resolves.
 */
function emptyLogSoon(): void {
  emptying ??= setTimeout(() => {
    emptying = undefined;
    if (!emptyLog()) emptyLogSoon();
  }, settings.emptyLogAfterMs ?? 60_000);
}

function emptyLog(): boolean {
  try {
    // A reader of the log is not waited for.
    database.exec('PRAGMA busy_timeout = 0');
    return database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0;
  } catch {
    // A disk that is full or fails shows at the next write.
    return false;
  } finally {
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
  }
}

// A process that was killed leaves its log.
emptyLogSoon();

/**
 * Answers to the first of the requests: those that shared a transaction, or, where that failed, each in a transaction
 * alone.
 */
function attempt(requests: readonly WriteRequest[]): WriteAnswer[] {
  const answers: WriteAnswer[] = [];
  try {
    transaction(requests, answers);
    return answers;
  } catch (error) {
    // SQLite rolls back on its own after some errors (full, I/O), and not after others.
    if (database.isTransaction) database.exec('ROLLBACK');
    writer.forget();
    if (requests.length === 1) return [failed(error)];
    // One request must not fail its neighbours. The one that threw has no answer, so it is one more.
    return requests.slice(0, answers.length + 1).flatMap((request) => attempt([request]));
  }
}

function post(message: FromWriter): void {
  port?.postMessage(message);
}

port.on('message', (message: ToWriter) => {
  if (message === 'close') {
    clearTimeout(emptying);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    post('closed');
    port.close();
    return;
  }
  let waiting = message.requests;
  if (waiting.some(({ task }) => erasing.has(task))) emptyLogSoon();
  while (waiting.length > 0) {
    const answers = attempt(waiting);
    waiting = waiting.slice(answers.length);
    post({ answers });
  }
});
post('ready');
