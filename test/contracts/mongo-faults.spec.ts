import { openMongoDocuments, type CollectionDefinition, type MongoDocuments } from '@datakeep/documents';
import { type AdvisedStorage, openMongoStorage } from '@datakeep/storage';
import { createLogger } from '@datakeep/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withFailPoint, type FailPoint } from '../support/mongo/fail-point.ts';
import { startMongoStandIn } from '../support/services/mongo-stand-in.ts';
import type { Service } from '../support/services/service-process.ts';
import { useService } from '../support/services/use-service.ts';
import { anEvent, aQuery, code, identified } from './data-storage.fixture.ts';

// Built by the broker once; this suite makes commands fail, so it has a separate server.
const built = await useService('mongo', 'transactions that fail and commits whose result is lost');

const writes = ['insert', 'update', 'delete', 'findAndModify'];
const faults: readonly (readonly [string, FailPoint])[] = [
  ['meet write conflicts', { failCommands: writes, errorCode: 112, errorLabels: ['TransientTransactionError'] }],
  [
    'are aborted when they commit',
    { failCommands: ['commitTransaction'], errorCode: 251, errorLabels: ['TransientTransactionError'] },
  ],
  ['lose their connection', { failCommands: [...writes, 'commitTransaction'], closeConnection: true }],
  [
    'lose the result of their commit',
    { failCommands: ['commitTransaction'], closeConnection: true, afterCommand: true },
  ],
  [
    'are told that their commit failed, and it did not',
    {
      failCommands: ['commitTransaction'],
      errorCode: 91,
      errorLabels: ['RetryableWriteError'],
      afterCommand: true,
    },
  ],
];
const rate = 0.3;

interface Purse {
  readonly id: string;
  readonly coins: number;
  readonly owner?: string;
}
const purses: CollectionDefinition<Purse> = {
  name: 'purses',
  fields: { coins: { type: 'number' }, owner: { type: 'string', optional: true } },
  indexes: [{ name: 'owner', fields: ['owner'], unique: true, serves: 'one purse per owner' }],
};

describe.runIf(built)('under three faults in ten', () => {
  let service: Service;
  let storage: AdvisedStorage;
  let documents: MongoDocuments;
  beforeAll(async () => {
    service = await startMongoStandIn();
    storage = await openMongoStorage({ uri: service.uri }, { logger: createLogger('silent') });
    documents = await openMongoDocuments({ uri: service.uri });
    await documents.commit([documents.collection(purses).insert({ id: 'all', coins: 0 })]);
  });
  afterAll(async () => {
    await Promise.all([storage.close(), documents.close()]);
    await service.stop();
  });

  it.each(faults)(
    'events whose transactions %s are there once, each change told once, in order',
    async (name, fault) => {
      const profile = `faults/${name}`;
      const start = await storage.lastChange();
      const acknowledged: string[] = [];
      await withFailPoint(service.uri, fault, rate, async () => {
        const writer = async (number: number): Promise<void> => {
          for (let n = 0; n < 5; n += 1) {
            const list = [anEvent({ n }, { profile }), identified(`w${number} ${n}`, { n }, { profile })];
            const results = await storage.append(list);
            expect(results.map(({ status }) => status)).toEqual(['created', 'created']);
            acknowledged.push(...results.map(({ id }) => id));
          }
        };
        await Promise.all(Array.from({ length: 6 }, (_, number) => writer(number)));
        await storage.replace(acknowledged[0]!, '{"n":-1}', 1);
        await storage.remove(acknowledged[1]!, 1);
      });
      const { itemsJson, count } = await storage.query(aQuery({ profile, limit: 1000, count: true }));
      const found = (JSON.parse(itemsJson) as { id: string }[]).map(({ id }) => id);
      expect(found.toSorted()).toEqual(acknowledged.filter((_, index) => index !== 1).toSorted());
      expect(count).toBe(found.length);
      const { changes } = await storage.changes({ after: start, limit: 1000 });
      const told = changes.map(({ json }) => (JSON.parse(json) as { id: string }).id);
      expect(told.toSorted()).toEqual(acknowledged.toSorted());
      expect(changes.slice(-2).map(({ change }) => change)).toEqual(['modified', 'deleted']);
    },
  );

  it.each(faults)('units of documents that %s are carried out once', async (name, fault) => {
    const collection = documents.collection(purses);
    const before = (await collection.get('all'))!.coins;
    const units = 12;
    await withFailPoint(service.uri, fault, rate, async () => {
      for (let n = 0; n < units; n += 1)
        await documents.commit([
          collection.insert({ id: `${name} ${n}`, coins: n, owner: `${name} ${n}` }),
          collection.update('all', { inc: { coins: 1 } }),
        ]);
      await expect(
        documents.commit([
          collection.update('all', { inc: { coins: 1 } }),
          collection.insert({ id: 'twice', coins: 0, owner: `${name} 0` }),
        ]),
      ).rejects.toMatchObject({ kind: 'unique', index: 'owner', write: 1 });
    });
    expect((await collection.get('all'))!.coins).toBe(before + units);
    expect(await collection.count({ owner: { gte: name, lt: `${name}~` } })).toBe(units);
  });

  // The bound is 15 s; the driver's own is 120 s.
  it.each([
    [
      'meets a write conflict each time is given up as not done',
      { failCommands: writes, errorCode: 112, errorLabels: ['TransientTransactionError'] },
      'storage-busy',
      /othing was done/,
    ],
    [
      'never learns the result of its commit is given up as unknown',
      { failCommands: ['commitTransaction'], closeConnection: true },
      'storage-unreachable',
      /outcome is unknown/,
    ],
  ] as const)('a transaction that %s', { timeout: 60_000 }, async (name, fault, problem, detail) => {
    const collection = documents.collection(purses);
    const event = identified(name, { n: 1 }, { profile: 'faults/lasting' });
    await withFailPoint(service.uri, fault, 1, async () => {
      const startedAt = performance.now();
      const outcomes = await Promise.allSettled([
        storage.append([event]),
        documents.commit([collection.insert({ id: name, coins: 1 }), collection.update('all', { inc: { coins: 1 } })]),
      ]);
      expect(outcomes).toMatchObject(
        outcomes.map(() => ({ reason: { code: problem, message: expect.stringMatching(detail) } })),
      );
      expect(performance.now() - startedAt).toBeLessThan(25_000);
    });
    expect(await collection.get(name)).toBeUndefined();
    expect((await storage.append([event]))[0]).toMatchObject({ status: 'created' });
  });

  it('a server that stands still is out of reach', { timeout: 90_000 }, async () => {
    const collection = documents.collection(purses);
    process.kill(service.pid, 'SIGSTOP');
    try {
      const startedAt = performance.now();
      const pings = [storage.ping(), documents.ping()];
      const others = [storage.get(anEvent({}).id), collection.get('all'), documents.commit([collection.delete('x')])];
      const refused = (one: Promise<unknown>) => expect(one).rejects.toMatchObject(code('storage-unreachable'));
      await Promise.all(pings.map(refused));
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      await Promise.all(others.map(refused));
    } finally {
      process.kill(service.pid, 'SIGCONT');
    }
    await Promise.all([storage.ping(), documents.ping()]);
  });

  it('what the server gives up for its time is to be narrowed where it is a query, else to be sent again', async () => {
    const profile = 'faults/time';
    const event = anEvent({ n: 1 }, { profile });
    await storage.append([event]);
    await withFailPoint(service.uri, { failCommands: ['find', 'aggregate'], errorCode: 50 }, 1, async () => {
      await expect(storage.query(aQuery({ profile }))).rejects.toMatchObject(code('query-timeout'));
      await expect(storage.get(event.id)).rejects.toMatchObject(code('storage-unreachable'));
      await expect(documents.collection(purses).get('all')).rejects.toMatchObject(code('storage-unreachable'));
    });
  });
});
