import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTemporaryStorage, type TemporaryStorage } from '@datakeep/event-store/testing';
import {
  aggregatesAsTheOracle,
  answersAsTheOracle,
  randomAggregations,
  randomQueries,
} from './data-storage.property.ts';

let temporary: TemporaryStorage;
beforeAll(async () => {
  temporary = await openTemporaryStorage();
});
afterAll(() => temporary.dispose());

test(`${randomQueries} random queries are answered as the oracle answers them`, { timeout: 180_000 }, async () => {
  expect(await answersAsTheOracle(temporary.storage, 1)).toBe(randomQueries);
});

test(`${randomAggregations} random aggregations have the groups of the oracle`, { timeout: 300_000 }, async () => {
  expect(await aggregatesAsTheOracle(temporary.storage, 1)).toBe(randomAggregations);
});
