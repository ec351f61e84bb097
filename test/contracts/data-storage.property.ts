import { assert, asyncProperty } from 'fast-check';
import { DatakeepError } from '@datakeep/kernel';
import { expect } from 'vitest';
import type { Aggregation, DataStorage, EventPage, EventQuery, NewEvent } from '@datakeep/contracts';
import {
  aDataset,
  anAggregatedDataset,
  type AggregatedDataset,
  type Dataset,
} from '../support/oracle/arbitrary-cases.ts';
import { MemoryOracle } from '../support/oracle/memory-oracle.ts';

/** Random queries over random events; each is paged to its end. */
const queriesPerDataset = 40;

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

/**
 * The number of queries compared. Rejects with the smallest dataset and query for which engine and oracle differ.
 * `together`: concurrent queries. `cases`: a multiple of 40.
 */
export async function answersAsTheOracle(engine: DataStorage, together: number, cases: number): Promise<number> {
  let compared = 0;
  let profiles = 0;
  const compareDataset = async ({ events, queries }: Dataset): Promise<void> => {
    // A new profile for each try (shrinking tries again), so that one place serves them all.
    const profile = `random/${(profiles += 1)}`;
    const prefix = profiles.toString(16).padStart(18, '0');
    const added = events.map((event) => ({ ...event, profile, id: `${prefix}${event.id}` }));
    const oracle = new MemoryOracle();
    expect(await engine.append(added)).toEqual(await oracle.append(added));
    for (let start = 0; start < queries.length; start += together) {
      const group = queries.slice(start, start + together);
      await Promise.all(group.map((query) => comparePages(engine, oracle, { ...query, profile, timeoutMs: 60_000 })));
      compared += group.length;
    }
    // A stand-in without indexes would examine them in every later query.
    for (const source of new Set(added.map((event) => event.source))) await engine.removeBySource(source);
  };
  await assert(asyncProperty(aDataset(queriesPerDataset), compareDataset), {
    numRuns: cases / queriesPerDataset,
    seed: 20_260_301,
  });
  return compared;
}

/** Random aggregations over random events. */
const aggregationsPerDataset = 20;

/** The groups, or the code of the refusal. */
async function outcome(storage: DataStorage, aggregation: Aggregation): Promise<unknown> {
  try {
    const answer = await storage.aggregate(aggregation);
    return { ...answer, groupsJson: JSON.parse(answer.groupsJson) as unknown };
  } catch (error) {
    return DatakeepError.from(error)?.code ?? error;
  }
}

/** The number of aggregations compared; rejects like `answersAsTheOracle`. */
export async function aggregatesAsTheOracle(engine: DataStorage, together: number, cases: number): Promise<number> {
  let compared = 0;
  let profiles = 0;
  const compareDataset = async ({ events, aggregations }: AggregatedDataset): Promise<void> => {
    const profile = `aggregated/${(profiles += 1)}`;
    const prefix = `a${profiles.toString(16).padStart(17, '0')}`;
    const added: NewEvent[] = events.map((event) => Object.assign({}, event, { profile, id: `${prefix}${event.id}` }));
    const oracle = new MemoryOracle();
    expect(await engine.append(added)).toEqual(await oracle.append(added));
    for (let start = 0; start < aggregations.length; start += together) {
      const group = aggregations
        .slice(start, start + together)
        .map((asked): Aggregation => Object.assign({ profile, timeoutMs: 60_000 }, asked));
      const [found, expected] = await Promise.all(
        [engine, oracle].map((storage) => Promise.all(group.map((asked) => outcome(storage, asked)))),
      );
      expect(found).toEqual(expected);
      compared += group.length;
    }
    for (const source of new Set(added.map((event) => event.source))) await engine.removeBySource(source);
  };
  await assert(asyncProperty(anAggregatedDataset(aggregationsPerDataset), compareDataset), {
    numRuns: cases / aggregationsPerDataset,
    seed: 20_260_329,
  });
  return compared;
}
