import { type AdvisedStorage, openMongoStorage } from '@datakeep/storage';
import { createLogger } from '@datakeep/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { anEvent, aQuery, identified, profile } from './data-storage.fixture.ts';

const { name, uri, newDatabase, drop } = await mongoServer('events of several processes');

describe.runIf(uri)(`two storage processes on ${name}`, () => {
  let database: string;
  let storage: AdvisedStorage;
  let other: AdvisedStorage;
  const open = (): Promise<AdvisedStorage> =>
    openMongoStorage({ uri: uri ?? '', database }, { logger: createLogger('error') });
  const count = async (): Promise<unknown> => (await storage.query(aQuery({ limit: 1, count: true }))).count;

  beforeEach(async () => {
    database = newDatabase();
    [storage, other] = [await open(), await open()];
  });
  afterEach(async () => {
    await Promise.all([storage.close(), other.close()]);
    await drop(database);
  });

  test('store overlapping lists in opposite orders and both finish, each identifier once', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `n${n}`);
    const lists = Array.from({ length: 12 }, (_, n) =>
      (n % 2 === 0 ? names : names.toReversed()).map((one) => identified(one, { one })),
    );
    const answers = await Promise.all(lists.map((list, n) => (n % 2 === 0 ? storage : other).append(list)));
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

  test('let one of racing replacements win each version', async () => {
    const event = anEvent({ n: 0 });
    await storage.append([event]);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? storage : other).replace(event.id, `{"n":${n}}`, 1)),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect(await storage.get(event.id)).toMatchObject({ version: 2, profile });
  });

  test('finish what each was asked under load by the other', async () => {
    const lists = Array.from({ length: 60 }, (_, n) => [anEvent({ n }), anEvent({ n })]);
    const writeAll = async (to: AdvisedStorage, part: number): Promise<void> => {
      for (const [n, list] of lists.entries()) if (n % 2 === part) await to.append(list);
    };
    await Promise.all([writeAll(storage, 0), writeAll(other, 1)]);
    expect(await count()).toBe(120);
  });
});
