import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTemporaryStorage, type TemporaryStorage } from '@datakeep/storage/testing';
import { aggregatesAsTheOracle, answersAsTheOracle } from './data-storage.property.ts';

const queries = 10_000;
const aggregations = (queries * 2) / 5;

let temporary: TemporaryStorage;
beforeAll(async () => {
  temporary = await openTemporaryStorage();
});
afterAll(() => temporary.dispose());

test(`${queries} random queries are answered as the oracle answers them`, async () => {
  expect(await answersAsTheOracle(temporary.storage, 1, queries)).toBe(queries);
});

test(`${aggregations} random aggregations have the groups of the oracle`, { timeout: 300_000 }, async () => {
  expect(await aggregatesAsTheOracle(temporary.storage, 1, aggregations)).toBe(aggregations);
});
