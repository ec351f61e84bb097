import type { mongo } from 'mongoose';

/**
 * Retries included; beyond it the outcome is unknown. Longer than the 10 s after which the server aborts the
 * transaction of a killed process (docs/deployment.md): its last writes block those of others meanwhile.
 */
const transactionMs = 15_000;

/**
 * Runs `work` in one transaction: it reads a snapshot, and its commit is acknowledged by the majority. The driver runs
 * it again after a transient error (a write conflict, a new primary) and sends the commit again where its result is
 * unknown, so `work` keeps nothing of an earlier attempt. A rejection of `work` aborts the transaction.
 */
export function inTransaction<R>(
  client: mongo.MongoClient,
  work: (session: mongo.ClientSession) => Promise<R>,
): Promise<R> {
  return client.withSession((session) =>
    session.withTransaction(work, {
      readConcern: { level: 'snapshot' },
      readPreference: 'primary',
      writeConcern: { w: 'majority' },
      timeoutMS: transactionMs,
    }),
  );
}
