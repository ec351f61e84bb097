import { openMongoStorage, type MongoStorage } from '@datakeep/event-store';
import { createLogger } from '@datakeep/kernel';
import mongoose, { type Connection } from 'mongoose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mongoServers } from '../support/mongo/mongo-servers.ts';
import { anEvent, aQuery, identified, profile } from './data-storage.fixture.ts';

interface Marked {
  readonly _id: mongoose.Types.ObjectId;
  readonly batch?: string;
}
interface Named {
  readonly _id: string;
}

const limits = { abandonedMs: 300, longestQueryMs: 400, sweepMs: 50 };

for (const { name, uri, newDatabase, drop } of await mongoServers('lists of events without transactions')) {
  describe.runIf(uri)(`the protocol of lists on ${name}`, () => {
    let database: string;
    let storage: MongoStorage;
    let raw: Connection;
    const open = (): Promise<MongoStorage> =>
      openMongoStorage({ uri: uri ?? '', database, logger: createLogger('error'), limits });
    const events = () => raw.collection<Marked>('events');
    const decisions = () => raw.collection<Named & { readonly committed: boolean }>('event_decisions');
    const begun = () => raw.collection<Named>('event_batches');
    const count = async (): Promise<unknown> => (await storage.query(aQuery({ limit: 1, count: true }))).count;
    /** What a process leaves that dies between the events of a list and its commit. */
    const abandon = async (list = [identified('held', { a: 1 }), anEvent({ a: 2 })]): Promise<string> => {
      await storage.append(list);
      const batch = (await events().findOne({ batch: { $exists: true } }))?.batch ?? '';
      await decisions().deleteOne({ _id: batch });
      return batch;
    };

    beforeEach(async () => {
      database = newDatabase();
      storage = await open();
      raw = await mongoose.createConnection(uri ?? '', { dbName: database }).asPromise();
    });
    afterEach(async () => {
      await raw.close();
      await storage.close();
      await drop(database);
    });

    test('the events of a list that was never committed are seen by nobody, cannot be changed, and go', async () => {
      const [first, second] = [identified('held', { a: 1 }), anEvent({ a: 2 })];
      await abandon([first, second]);
      expect(await storage.get(second.id)).toBeUndefined();
      expect(await count()).toBe(0);
      expect((await storage.figures()).events).toBe(0);
      await expect(storage.replace(second.id, '{}')).rejects.toMatchObject({ code: 'not-found' });
      await expect(storage.remove(second.id)).rejects.toMatchObject({ code: 'not-found' });
      await vi.waitFor(async () => expect(await events().countDocuments()).toBe(0), { timeout: 5000 });
    });

    test('a repeat waits for the list that holds its identifier, and takes the identifier over when that is abandoned', async () => {
      const repeat = identified('held', { a: 1 });
      await abandon();
      expect(await storage.append([repeat])).toEqual([
        { id: repeat.id, acceptedAt: repeat.acceptedAt, status: 'created' },
      ]);
      expect(await count()).toBe(1);
    });

    test('a repeat of a whole abandoned list stores it once', async () => {
      const again = [identified('held', { a: 1 }), identified('other', { a: 2 })];
      await abandon();
      expect((await storage.append(again)).map((result) => result.status)).toEqual(['created', 'created']);
      expect(await count()).toBe(2);
    });

    test('a list that was undone while its writer slept cannot be committed', async () => {
      const batch = await abandon();
      await vi.waitFor(
        async () => expect(await decisions().findOne({ _id: batch })).toMatchObject({ committed: false }),
        { timeout: 5000 },
      );
      await expect(decisions().insertOne({ _id: batch, committed: true })).rejects.toMatchObject({ code: 11_000 });
    });

    test('marks are taken off when no query can need them, and nothing of the protocol remains', async () => {
      await storage.append([anEvent(), anEvent(), anEvent()]);
      expect(await events().countDocuments({ batch: { $exists: true } })).toBe(3);
      await vi.waitFor(async () => expect(await begun().countDocuments()).toBe(0));
      expect(await decisions().countDocuments()).toBe(0);
      expect(await events().countDocuments({ batch: { $exists: true } })).toBe(0);
      expect(await count()).toBe(3);
    });

    test('two processes that store overlapping lists in opposite orders both finish, each identifier once', async () => {
      const other = await open();
      const names = Array.from({ length: 20 }, (_, n) => `n${n}`);
      const lists = Array.from({ length: 12 }, (_, n) =>
        (n % 2 === 0 ? names : names.toReversed()).map((one) => identified(one, { one })),
      );
      const answers = await Promise.all(lists.map((list, n) => (n % 2 === 0 ? storage : other).append(list)));
      await other.close();
      expect(answers.flat().filter((result) => result.status === 'created')).toHaveLength(20);
      expect(answers.flat().filter((result) => result.status === 'conflict')).toEqual([]);
      expect(await count()).toBe(20);
      const byName = new Map(
        answers
          .map((answer, n) => (n % 2 === 0 ? answer : answer.toReversed()))
          .flatMap((answer) => answer.map((one, at) => [`${at} ${one.id}`, one])),
      );
      expect(byName.size).toBe(20);
    });

    test('of racing replacements by two processes one wins each version', async () => {
      const other = await open();
      const event = anEvent({ n: 0 });
      await storage.append([event]);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? storage : other).replace(event.id, `{"n":${n}}`, 1)),
      );
      await other.close();
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      expect(await storage.get(event.id)).toMatchObject({ version: 2, profile });
    });
  });
}
