import { assert, asyncProperty } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DataStorage, EventPage, EventQuery } from '@datakeep/contracts';
import { openTemporaryStorage, type TemporaryStorage } from '@datakeep/event-store/testing';
import { aDataset, type Dataset } from '../support/oracle/arbitrary-cases.ts';
import { MemoryOracle } from '../support/oracle/memory-oracle.ts';

const cases = 10_000;
const queriesPerDataset = 40;

let temporary: TemporaryStorage;
beforeAll(async () => {
  temporary = await openTemporaryStorage();
});
afterAll(() => temporary.dispose());

const readable = (page: EventPage): unknown => ({ ...page, itemsJson: JSON.parse(page.itemsJson) as unknown });

/** Every page of the query from both, each page asked for with the `next` of the engine's last one. */
async function comparePages(engine: DataStorage, oracle: DataStorage, first: EventQuery): Promise<void> {
  let query = first;
  for (;;) {
    const [page, expected] = await Promise.all([engine.query(query), oracle.query(query)]);
    expect(readable(page)).toEqual(readable(expected));
    if (!page.next) return;
    query = { ...first, after: page.next };
  }
}

let profiles = 0;

async function compareDataset({ events, queries }: Dataset): Promise<void> {
  // A profile of its own for each try (shrinking tries again), so that one file serves them all.
  const profile = `random/${(profiles += 1)}`;
  const prefix = profiles.toString(16).padStart(18, '0');
  const added = events.map((event) => ({ ...event, profile, id: `${prefix}${event.id}` }));
  const oracle = new MemoryOracle();
  expect(await temporary.storage.append(added)).toEqual(await oracle.append(added));
  for (const query of queries) await comparePages(temporary.storage, oracle, { ...query, profile, timeoutMs: 60_000 });
}

test(`${cases} random queries are answered as the oracle answers them`, { timeout: 180_000 }, async () => {
  await assert(asyncProperty(aDataset(queriesPerDataset), compareDataset), { numRuns: cases / queriesPerDataset, seed: 20_260_301 });
});
