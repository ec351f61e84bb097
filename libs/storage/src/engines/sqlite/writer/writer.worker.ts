import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { busyMs, databasePath, openForWriting, walBytes } from '../database-file.ts';
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
/** For how long one attempt to empty the log waits for its readers. */
const attemptMs = 50;
/** Tasks that leave in the log what was removed or replaced. */
const erasing = new Set<WriteRequest['task']>(['remove', 'sweep', 'replace']);

const port = parentPort;
if (!port) throw new Error('writer.worker runs in a worker thread');

const settings = workerData as WriterSettings;
const database = openForWriting(settings.directory, settings.synchronous, settings.maxBytes);
const log = `${databasePath(settings.directory)}-wal`;
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
    // A reader of the log is not waited for.
    if (!emptyLog(0)) emptyLogSoon();
  }, settings.emptyLogAfterMs ?? 60_000);
}

/**
 * False where readers of the log are still at work after that time, or another connection is at a checkpoint. Trap: a
 * checkpoint that waits for the readers of a mark does not see that later ones have moved it to the end of the log, and
 * overlapping ones hold it up for ever (walCheckpoint in sqlite.org/src). So each attempt is short: the next reads the
 * marks anew.
 */
function emptyLog(waitMs: number): boolean {
  const end = performance.now() + waitMs;
  try {
    database.exec(`PRAGMA busy_timeout = ${Math.min(waitMs, attemptMs)}`);
    const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
    for (;;) {
      const { busy, log: frames } = checkpoint.get() as { busy: number; log: number };
      // -1: SQLite does not wait for another checkpoint.
      if (busy === 0 || frames === -1 || performance.now() >= end) return busy === 0;
    }
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
 * SQLite begins a log anew only at a moment without a reader of it, and where reads overlap there is none
 * (sqlite.org/wal.html, section 6): of 40 events a second it grew by 3 MiB a second, and made the reads slower, which
 * overlapped the more. So beyond this size those at work are waited for, about as long as a query may take; what begins
 * meanwhile reads past the log. A backup may be at work for longer: the next try is at twice the size.
 */
const longLogBytes = 2 * walBytes;
let mostLogBytes = longLogBytes;

function shortenLog(): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size > mostLogBytes) mostLogBytes = emptyLog(busyMs) ? longLogBytes : 2 * size;
}

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
  shortenLog();
});
post('ready');
