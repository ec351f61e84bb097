import { randomBytes } from 'node:crypto';
import type { mongo } from 'mongoose';
import { DatakeepError } from '../errors/datakeep-error.ts';

/** What the server at hand can do, asked of it at the start and never read off a version. */
export interface MongoCapabilities {
  /** As the server tells it. */
  readonly version: string;
  readonly replicaSet: boolean;
  /** Multi-document transactions. No law depends on them. */
  readonly transactions: boolean;
  /** A conditional update of one document is one atomic step. Where not, updates go through a lock document (`UpdateGuard`). */
  readonly atomicUpdates: boolean;
  /** Strings compare by their UTF-8 bytes, in ranges and sorts. Where not, both are done here. */
  readonly stringOrder: boolean;
  /** An index can be of a part of the documents, and two of the same keys of two parts. */
  readonly partialIndexes: boolean;
  readonly ttlIndexes: boolean;
  readonly hiddenIndexes: boolean;
  readonly explain: boolean;
  /** `explain` names the index that serves a query. */
  readonly plans: boolean;
  /** A hint decides which index serves a query, or that none does: what another index is worth can be tried. */
  readonly hints: boolean;
  /** A value of some thousand bytes can be indexed. Where not, a server refuses to store it. */
  readonly longKeys: boolean;
  /** Aggregation operators that answered, of those that the keep would use. */
  readonly aggregation: readonly string[];
}

const racers = 16;
const accumulators = ['$sum', '$avg', '$min', '$max', '$first', '$addToSet'] as const;

/** Probes on a collection of its own, which goes again. Throws `storage-unreachable` where the server lacks what the law needs: unique sparse indexes. */
export async function probeMongo(database: mongo.Db, client: mongo.MongoClient): Promise<MongoCapabilities> {
  const probe = database.collection<{ _id: string | number; n?: number; text?: string }>(
    `probe_${randomBytes(6).toString('hex')}`,
  );
  try {
    await probe.insertMany([
      { _id: 'counter', n: 0 },
      { _id: 1, text: '\u{1F600}' },
      { _id: 2, text: '\uE000' },
    ]);
    const info = await database.command({ buildInfo: 1 });
    const replicaSet = await holds(async () => typeof (await database.command({ hello: 1 }))['setName'] === 'string');
    await requireUniqueSparse(probe);
    const plans = await plansNameIndexes(probe);
    return {
      version: String(info['version']),
      replicaSet,
      transactions: replicaSet && (await holds(() => transacts(probe, client))),
      atomicUpdates: await countsExactly(probe),
      stringOrder: await ordersByBytes(probe),
      partialIndexes:
        (await keepsIndexOption(probe, 'partialFilterExpression', { n: { $exists: true } })) &&
        (await keepsTwin(probe)),
      ttlIndexes: await keepsIndexOption(probe, 'expireAfterSeconds', 86_400),
      hiddenIndexes: (await keepsIndexOption(probe, 'hidden', true)) && (await hintIsRefused(probe)),
      explain: await holds(async () => (await probe.find().explain()) !== null),
      plans,
      hints: plans && (await hintsDecide(probe)),
      longKeys: await holdsLongKeys(probe),
      aggregation: await answered(probe),
    };
  } finally {
    await probe.drop();
  }
}

type Probe = mongo.Collection<{ _id: string | number; n?: number; text?: string }>;

/** A probe that fails is an answer: the server cannot do it. Losing the server in the middle shows in the next step that needs it. */
async function holds(probe: () => Promise<boolean>): Promise<boolean> {
  return probe().then(
    (found) => found,
    () => false,
  );
}

async function requireUniqueSparse(probe: Probe): Promise<void> {
  await probe.createIndex({ n: 1 }, { name: 'n', unique: true, sparse: true });
  const accepted = await holds(() => probe.insertOne({ _id: 'twin', n: 0 }).then(() => true));
  if (accepted)
    throw new DatakeepError(
      'storage-unreachable',
      'MONGODB_URI: the server does not keep unique indexes, which the keep cannot do without',
    );
  await probe.dropIndex('n');
}

/** Racing increments lose steps where an update is read and written in two. */
async function countsExactly(probe: Probe): Promise<boolean> {
  await Promise.all(Array.from({ length: racers }, () => probe.updateOne({ _id: 'counter' }, { $inc: { n: 1 } })));
  return (await probe.findOne({ _id: 'counter' }))?.n === racers;
}

/** UTF-16 puts an astral character before U+E000, UTF-8 after it. */
async function ordersByBytes(probe: Probe): Promise<boolean> {
  const above = await probe.find({ text: { $gt: '\uE000' } }).toArray();
  const sorted = await probe
    .find({ text: { $exists: true } })
    .sort({ text: 1 })
    .toArray();
  return above.length === 1 && above[0]?._id === 1 && sorted.map((found) => found._id).join() === '2,1';
}

async function keepsIndexOption(
  probe: Probe,
  option: 'partialFilterExpression' | 'expireAfterSeconds' | 'hidden',
  value: unknown,
): Promise<boolean> {
  return holds(async () => {
    await probe.createIndex({ [option]: 1 }, { name: option, [option]: value });
    const made = (await probe.indexes()).find((index) => index.name === option);
    return made !== undefined && option in made;
  });
}

/** The same keys as `keepsIndexOption` has just indexed, for other documents. */
async function keepsTwin(probe: Probe): Promise<boolean> {
  return holds(async () => {
    await probe.createIndex(
      { partialFilterExpression: 1 },
      { name: 'twin', partialFilterExpression: { text: { $exists: true } } },
    );
    return (
      (await probe.indexes()).filter(({ name }) => name === 'twin' || name === 'partialFilterExpression').length === 2
    );
  });
}

async function plansNameIndexes(probe: Probe): Promise<boolean> {
  return holds(async () => {
    await probe.createIndex({ text: 1 }, { name: 'by_text' });
    return winnerOf(await probe.find({ text: 'a' }).explain('queryPlanner')).includes('"indexName":"by_text"');
  });
}

async function hintsDecide(probe: Probe): Promise<boolean> {
  return holds(async () => {
    const none = await probe.find({ text: 'a' }).hint({ $natural: 1 }).explain('queryPlanner');
    const other = await probe.find({ text: 'a' }).hint('_id_').explain('queryPlanner');
    return !winnerOf(none).includes('"indexName"') && winnerOf(other).includes('"indexName":"_id_"');
  });
}

const winnerOf = (plan: mongo.Document): string =>
  JSON.stringify((plan['queryPlanner'] as { winningPlan?: object } | undefined)?.winningPlan ?? {});

/** Some servers' indexes lie on pages that hold no longer value. Random digits, since what repeats would be packed. */
async function holdsLongKeys(probe: Probe): Promise<boolean> {
  return holds(async () => {
    await probe.createIndex({ text: 1 }, { name: 'by_text' });
    await probe.insertOne({ _id: 'long', text: randomBytes(10_000).toString('hex') });
    return true;
  });
}

/** A server that only stores the flag lets a hidden index be hinted; one that hides it refuses. */
async function hintIsRefused(probe: Probe): Promise<boolean> {
  return !(await holds(async () => (await probe.find().hint('hidden').toArray()).length >= 0));
}

async function transacts(probe: Probe, client: mongo.MongoClient): Promise<boolean> {
  return client.withSession(async (session) => {
    session.startTransaction();
    await probe.insertOne({ _id: 'transaction' }, { session });
    await session.abortTransaction();
    return (await probe.findOne({ _id: 'transaction' })) === null;
  });
}

async function answered(probe: Probe): Promise<string[]> {
  const found: string[] = [];
  for (const operator of accumulators) {
    if (
      await holds(
        async () =>
          (await probe.aggregate([{ $group: { _id: null, out: { [operator]: '$n' } } }]).toArray()).length === 1,
      )
    )
      found.push(operator);
  }
  return found;
}
