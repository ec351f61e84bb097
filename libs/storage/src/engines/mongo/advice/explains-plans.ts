import { randomBytes } from 'node:crypto';
import type { mongo } from 'mongoose';

/** Tried on a collection that goes again, and never read off a version. */
export async function explainsPlans(database: mongo.Db): Promise<boolean> {
  const probe = database.collection(`probe_${randomBytes(6).toString('hex')}`);
  try {
    await probe.createIndex({ text: 1 }, { name: 'by_text' });
    const plan = await probe.find({ text: 'a' }).explain('queryPlanner');
    return JSON.stringify(plan).includes('"indexName":"by_text"');
  } catch (error) {
    // The server answered that it cannot: what is no answer is another error.
    if (error instanceof Error && error.name === 'MongoServerError') return false;
    throw error;
  } finally {
    await probe.drop();
  }
}
