import type { Registry } from 'prom-client';
import type { DataStorage } from '@datakeep/contracts';
import { gaugesOf } from './gauges.ts';
import { measureIndexes } from './index-metrics.ts';

/** Adds to a process's metrics what the storage holds, what waits for its writer, and its indexes. */
export function measureStorage(registry: Registry, storage: DataStorage): void {
  const gauge = gaugesOf(registry, () => storage.figures());
  gauge('datakeep_storage_bytes', 'Size of the event storage.', ({ bytes }) => bytes);
  gauge('datakeep_storage_events', 'Events stored.', ({ events }) => events);
  gauge(
    'datakeep_storage_waiting_bytes',
    'Bytes of appends that wait for the writer.',
    ({ waitingBytes }) => waitingBytes,
  );
  measureIndexes(registry, storage);
}
