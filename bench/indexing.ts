/**
 * `npm run bench -- --indexing [--events 1000000]`: bulk import, reads and writes as the store grows, and an automatic
 * index, on keeps that run from `dist` and are called over HTTP only. Their index advisor's clock runs 600 times as
 * fast (INDEX_TIME_FACTOR), so that half an hour of observation takes three seconds.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { batchEvents, fields, IndexingStore, profileName, timed } from './indexing-store.ts';
import { figure, printTable } from './table.ts';

/** Events of a profile that hold one value of a field. */
const eventsOfValue = 20;
/** How long the index may take to be there, ms. */
const patienceMs = 180_000;

async function median(times: number, ask: (number: number) => Promise<number>): Promise<number> {
  const taken: number[] = [];
  for (let number = 0; number < times; number += 1) taken.push(await ask(number));
  return taken.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN;
}

/** The statement of the count by day in the bare engine, on the keep's own file. */
async function bareCountByDay(store: IndexingStore): Promise<number> {
  const file = readdirSync(store.process.dataDir, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('events.sqlite'),
  );
  if (file === undefined) throw new Error('the keep has no file of events');
  const database = new DatabaseSync(join(store.process.dataDir, file), { readOnly: true });
  try {
    const statement = database.prepare(
      'SELECT created / 86400000 * 86400000 AS day, count(*) FROM events WHERE profile = (SELECT code ' +
        'FROM profiles WHERE name = ?) GROUP BY day ORDER BY day',
    );
    return await median(5, () => timed(() => Promise.resolve(statement.all(profileName(0)))));
  } finally {
    database.close();
  }
}

/**
 * Queries by every field in turn until each has its index; returns how long that took, and the longest request
 * meanwhile, ms.
 */
async function untilIndexed(store: IndexingStore): Promise<{ tookMs: number; longestMs: number; indexed: number }> {
  await store.setMode('auto');
  const begun = performance.now();
  let longestMs = 0;
  let indexed = new Set<string>();
  for (let number = 0; indexed.size < fields.length && performance.now() - begun < patienceMs; number += 1) {
    for (const field of fields) longestMs = Math.max(longestMs, await store.selective(field, number * 31));
    longestMs = Math.max(longestMs, await store.page());
    await delay(20);
    if (number % 10 > 0) continue;
    const made = (await store.indexes()).filter(({ state }) => state === 'probation' || state === 'active');
    indexed = new Set(made.map(({ keys }) => keys.map(({ field }) => field).join(' ')));
  }
  const last = await store.indexes();
  if (indexed.size < fields.length)
    for (const { state, keys, history } of last)
      console.log(`! ${keys.map(({ field }) => field).join(' ')} is ${state}: ${history.at(-1)?.reason ?? ''}`);
  for (const { id, state } of last)
    if (state === 'probation' || state === 'active') await store.admin.ask('POST', `/admin/v1/indexes/${id}/keep`);
  await store.setMode('off');
  return { tookMs: performance.now() - begun, longestMs, indexed: indexed.size };
}

export async function benchIndexing(events: number): Promise<void> {
  const profiles = Math.max(1, Math.min(20, Math.floor(events / 10_000)));
  const slice = Math.max(batchEvents, Math.min(100_000, Math.floor(events / 5 / batchEvents) * batchEvents));
  const few = Math.min(10_000, slice);
  const values = Math.max(1, Math.floor(events / profiles / eventsOfValue));
  const table: string[][] = [];
  const row = (name: string, ...cells: string[]): void => {
    table.push([name, ...cells]);
    process.stderr.write(`measured: ${[name, ...cells].join(', ')}\n`);
  };
  const one = await IndexingStore.start(1, values);
  const all = await IndexingStore.start(profiles, values);
  const copy = await IndexingStore.start(0, values);
  try {
    await all.batches(few, profiles);
    const pageOfFew = await median(200, () => all.page());
    // A process that has just started is not yet as fast as it gets.
    await one.batches(few, 1);
    const empty = await one.batches(slice, 1);
    row(`batches of 1,000 into an almost empty store, ${slice} events`, `${figure(empty)} /s`);
    const lines = await all.lines(events - few, profiles);
    row(
      `NDJSON, ${events - few} events`,
      `${figure(lines)} /s`,
      `${figure(lines / empty)} of batches`,
      `RSS ≤ ${figure(all.peakMib)} MiB`,
    );
    const imported = await copy.importFrom(all, events);
    row(`export into import, ${events} events`, `${figure(imported)} /s`, '', `RSS ≤ ${figure(copy.peakMib)} MiB`);
    row(`page of 100 by createdDate, ${few} events in store`, `p50 ${figure(pageOfFew)} ms`);
    const pageOfAll = await median(200, () => all.page());
    row(
      `page of 100 by createdDate, ${events} events in store`,
      `p50 ${figure(pageOfAll)} ms`,
      `${figure(pageOfAll / pageOfFew)} ×`,
    );
    const full = await all.batches(slice, 1);
    row(
      'batches of 1,000 into the full store, no automatic index',
      `${figure(full)} /s`,
      `${figure(full / empty)} of empty`,
    );
    const before = await median(15, (number) => all.selective('person', number));
    const { tookMs, longestMs, indexed } = await untilIndexed(all);
    const after = await median(200, (number) => all.selective('person', number));
    row('a payload field, before its index', `p50 ${figure(before)} ms`);
    row('a payload field, after', `p50 ${figure(after)} ms`, `${figure(before / after)} × faster`);
    row(
      `until ${indexed} of ${fields.length} indexes were there`,
      `${figure(tookMs / 1000)} s`,
      `longest request ${figure(longestMs)} ms`,
    );
    const spread = await all.batches(slice, profiles);
    row(
      `the same over all profiles, one of which has ${indexed} automatic indexes`,
      `${figure(spread)} /s`,
      `${figure(spread / empty)} of empty`,
    );
    const four = await all.batches(slice, 1);
    row('the same, all into that one', `${figure(four)} /s`, `${figure(four / empty)} of empty`);
    await one.lines(events - slice - few, 1);
    await one.countByDay();
    const [keep, bare] = [await median(5, () => one.countByDay()), await bareCountByDay(one)];
    row(
      `count by day, ${events} events of one profile`,
      `p50 ${figure(keep)} ms`,
      `${figure(keep / bare)} × the bare statement`,
    );
  } finally {
    console.log(`\n${events} events over ${profiles} profiles; one client\n`);
    printTable(
      ['row', 'measured', 'beside', 'memory'],
      table.map((cells) => [...cells, '', ''].slice(0, 4)),
    );
    for (const store of [one, all, copy]) await store.process.dispose();
  }
}
