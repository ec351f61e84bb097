import { DatakeepError, SystemClock, within } from '@datakeep/kernel';
import type { mongo } from 'mongoose';
import { unreachable } from './mongo-errors.ts';

/**
 * Retries included; the driver's own bound is 120 s. Longer than the 10 s after which the server aborts the
 * transaction of a killed process (docs/deployment.md): its last writes block those of others meanwhile.
 */
const transactionMs = 15_000;

const clock = new SystemClock();

/**
 * Runs `work` in one transaction: it reads a snapshot, and its commit is acknowledged by the majority. The driver runs
 * it again after a transient error (a write conflict, a new primary) and sends the commit again where its result is
 * unknown, so `work` keeps nothing of an earlier attempt. A rejection of `work` aborts the transaction. After 15 s
 * rejects with `storage-busy` where no commit is under way, else with `storage-unreachable`: the outcome is unknown.
 */
export async function inTransaction<R>(
  client: mongo.MongoClient,
  work: (session: mongo.ClientSession) => Promise<R>,
): Promise<R> {
  const session = client.startSession();
  let isCommitting = false;
  let isLate = false;
  const attempt = async (): Promise<R> => {
    isCommitting = false;
    const result = await work(session);
    if (isLate) throw notDone();
    isCommitting = true;
    return result;
  };
  try {
    const done = session.withTransaction(attempt, {
      readConcern: { level: 'snapshot' },
      readPreference: 'primary',
      writeConcern: { w: 'majority' },
    });
    const answer = await within(
      clock,
      transactionMs,
      done.then((result) => ({ result })),
    );
    if (answer) return answer.result;
    isLate = true;
    throw isCommitting ? unreachable('write') : notDone();
  } finally {
    // Ends the driver's retries too. A server that does not answer is not waited for.
    session.endSession().catch(() => undefined);
  }
}

const notDone = (): DatakeepError =>
  new DatakeepError('storage-busy', 'Other writes were in the way for 15 s. Nothing was done.', {
    retryAfterSeconds: 1,
  });
