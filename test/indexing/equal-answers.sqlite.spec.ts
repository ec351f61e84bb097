import { assert, asyncProperty } from 'fast-check';
import { expect, test } from 'vitest';
import type { DataStorage, EventPage, EventQuery } from '@datakeep/contracts';
import { forceIndexes, indexesFor, openTemporaryStorage } from '@datakeep/storage/testing';
import { aDataset, type Dataset } from '../support/oracle/arbitrary-cases.ts';

const queriesPerDataset = 40;
const randomQueries = 10_000;

/** Every page of a query, and the indexes that served them. */
async function pagesOf(storage: DataStorage, first: EventQuery, used: Set<string>): Promise<EventPage[]> {
  const pages: EventPage[] = [];
  for (let query = first; ;) {
    const { explain, ...page } = await storage.query({ ...query, explain: true });
    if (explain?.index) used.add(explain.index);
    pages.push(page);
    if (!page.next) return pages;
    query = { ...first, after: page.next };
  }
}

test(`A-8: ${randomQueries} random queries have the same answers, to the byte, with indexes on and off`, async () => {
  await using temporary = await openTemporaryStorage({ indexing: { mode: 'off' } });
  const { storage, directory } = temporary;
  let profiles = 0;
  let compared = 0;
  let served = 0;
  const compare = async ({ events, queries }: Dataset): Promise<void> => {
    const profile = `indexed/${(profiles += 1)}`;
    const prefix = profiles.toString(16).padStart(18, '0');
    await storage.append(events.map((event) => ({ ...event, profile, id: `${prefix}${event.id}` })));
    const asked = queries.map((query) => ({ ...query, profile, timeoutMs: 60_000 }));
    const none = new Set<string>();
    const before: EventPage[][] = [];
    for (const query of asked) before.push(await pagesOf(storage, query, none));
    expect([...none].filter((name) => name.startsWith('auto_'))).toEqual([]);
    const drop = events.length === 0 ? () => undefined : forceIndexes(directory, indexesFor(asked));
    for (const [index, query] of asked.entries()) {
      const used = new Set<string>();
      expect(await pagesOf(storage, query, used)).toEqual(before[index]);
      if ([...used].some((name) => name.startsWith('auto_'))) served += 1;
    }
    drop();
    compared += asked.length;
    for (const source of new Set(events.map((event) => event.source))) await storage.removeBySource(source);
  };
  await assert(asyncProperty(aDataset(queriesPerDataset), compare), {
    numRuns: randomQueries / queriesPerDataset,
    seed: 20_260_602,
  });
  expect(compared).toBe(randomQueries);
  // Many have nothing that an index could serve: arrays, fields of no one type, an or.
  expect(served).toBeGreaterThan(4000);
});
