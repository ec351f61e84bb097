import type { mongo } from 'mongoose';

/**
 * Retries included; beyond it the outcome is unknown. Longer than the 10 s that a server is told to leave a
 * transaction open whose process was killed (docs/deployment.md): what it wrote last can be written by no other
 * meanwhile.
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
