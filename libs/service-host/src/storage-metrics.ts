import type { Registry } from 'prom-client';
import { type DataStorage, type IndexReport, indexStates } from '@datakeep/contracts';
import { SystemClock, within } from '@datakeep/kernel';
import { askedOnce, gaugesOf } from './gauges.ts';

/** A scrape does not wait for a build of an index to end: then it reports the values of the last one. */
const patienceMs = 1000;
const clock = new SystemClock();

/** Adds to a process's metrics what the storage holds, what waits for its writer, and its automatic indexes. */
export function measureStorage(registry: Registry, storage: DataStorage): void {
  const gauge = gaugesOf(registry, () => storage.figures());
  gauge('datakeep_storage_bytes', 'Size of the event storage.', ({ bytes }) => bytes);
  gauge('datakeep_storage_events', 'Events stored.', ({ events }) => events);
  gauge(
    'datakeep_storage_waiting_bytes',
    'Bytes of appends that wait for the writer.',
    ({ waitingBytes }) => waitingBytes,
  );
  let last: readonly IndexReport[] = [];
  const ask = askedOnce(async () => {
    last = (await storage.indexes()).indexes.filter(({ state }) => state !== 'declared');
  });
  const ofIndexes = gaugesOf(registry, async () => {
    await within(clock, patienceMs, ask());
    return last;
  });
  ofIndexes(
    'datakeep_indexes',
    'Automatic indexes of the event storage by state, suggested ones among them.',
    (reports) =>
      Object.fromEntries(indexStates.map((state) => [state, reports.filter((index) => index.state === state).length])),
    'state',
  );
  ofIndexes('datakeep_indexes_bytes', 'What the automatic indexes of the event storage take.', (reports) =>
    reports
      .filter(({ state }) => state === 'verifying' || state === 'active' || state === 'hidden')
      .reduce((sum, { figures }) => sum + (figures.bytes ?? 0), 0),
  );
}
