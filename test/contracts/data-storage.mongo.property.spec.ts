import { type AdvisedStorage, openMongoStorage } from '@datakeep/storage';
import { createLogger } from '@datakeep/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { thorough } from '../support/thorough.ts';
import { aggregatesAsTheOracle, answersAsTheOracle } from './data-storage.property.ts';

const queries = thorough(2000, 10_000);
const aggregations = (queries * 2) / 5;

const { name, uri, newDatabase, drop } = await mongoServer('Data Storage against the oracle');

describe.runIf(uri)(`${name}`, () => {
  const database = newDatabase();
  let storage: AdvisedStorage;
  beforeAll(async () => {
    storage = await openMongoStorage({ uri: uri ?? '', database }, { logger: createLogger('error') });
  });
  afterAll(async () => {
    await storage.close();
    await drop(database);
  });

  test(`${queries} random queries are answered as the oracle answers them`, { timeout: 300_000 }, async () => {
    expect(await answersAsTheOracle(storage, 8, queries)).toBe(queries);
  });

  test(`${aggregations} random aggregations have the groups of the oracle`, { timeout: 300_000 }, async () => {
    expect(await aggregatesAsTheOracle(storage, 8, aggregations)).toBe(aggregations);
  });
});
