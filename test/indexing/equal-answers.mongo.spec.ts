import { assert, asyncProperty } from 'fast-check';
import mongoose from 'mongoose';
import { expect, test } from 'vitest';
import type { DataStorage, EventPage, EventQuery } from '@datakeep/contracts';
import { openMongoStorage } from '@datakeep/storage';
import { indexesFor, servedByMongo, specificationOf } from '@datakeep/storage/testing';
import { createLogger } from '@datakeep/kernel';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { aDataset, type Dataset } from '../support/oracle/arbitrary-cases.ts';
import { thorough } from '../support/thorough.ts';

const queriesPerDataset = 40;
const randomQueries = thorough(2000, 10_000);
/** With the declared ones fewer than the 64 of MongoDB. */
const mostIndexes = 40;

async function pagesOf(storage: DataStorage, first: EventQuery): Promise<EventPage[]> {
  const pages: EventPage[] = [];
  for (let query = first; ;) {
    const page = await storage.query(query);
    pages.push(page);
    if (!page.next) return pages;
    query = { ...first, after: page.next };
  }
}

const server = await mongoServer('equal answers');

test.runIf(server.uri)(
  `A-8: ${randomQueries} random queries have equal answers on ${server.name} with every index on and off, to the byte`,
  { timeout: 400_000 },
  async () => {
    const database = server.newDatabase();
    const storage = await openMongoStorage(
      { uri: server.uri ?? '', database },
      { logger: createLogger('error'), indexing: { mode: 'off' } },
    );
    const connection = await mongoose.createConnection(server.uri ?? '', { dbName: database }).asPromise();
    const collection = connection.collection('events');
    let profiles = 0;
    let compared = 0;
    let made = 0;
    const compare = async ({ events, queries }: Dataset): Promise<void> => {
      const profile = `indexed/${(profiles += 1)}`;
      const prefix = profiles.toString(16).padStart(18, '0');
      await storage.append(events.map((event) => ({ ...event, profile, id: `${prefix}${event.id}` })));
      const asked = queries.map((query) => ({ ...query, profile, timeoutMs: 60_000 }));
      const answers = (): Promise<EventPage[][]> => Promise.all(asked.map((query) => pagesOf(storage, query)));
      const before = await answers();
      const definitions = indexesFor(asked, servedByMongo).slice(0, mostIndexes);
      for (const { key, options } of definitions.map(specificationOf)) {
        await collection.createIndex(key, options);
        made += 1;
      }
      expect(await answers()).toEqual(before);
      for (const { name } of definitions) await collection.dropIndex(name);
      compared += asked.length;
      for (const source of new Set(events.map((event) => event.source))) await storage.removeBySource(source);
    };
    try {
      await assert(asyncProperty(aDataset(queriesPerDataset), compare), {
        numRuns: randomQueries / queriesPerDataset,
        seed: 20_260_602,
        endOnFailure: true,
      });
      expect(compared).toBe(randomQueries);
      expect(made).toBeGreaterThan(randomQueries / 20);
    } finally {
      await connection.close();
      await storage.close();
      await server.drop(database);
    }
  },
);
