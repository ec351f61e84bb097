import { Gauge, type Registry } from 'prom-client';
import type { DataStorage, StorageFigures } from '@datakeep/contracts';
import { askedOnce, measureIndexes } from '@datakeep/service-host';

/** What the storage holds, what waits for its writer, and its indexes. */
export function measureStorage(registry: Registry, storage: DataStorage): void {
  const figures = askedOnce(() => storage.figures());
  const gauge = (name: string, help: string, tell: (figures: StorageFigures) => number): void =>
    void new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(tell(await figures()));
      },
    });
  gauge('datakeep_storage_bytes', 'Size of the event storage.', ({ bytes }) => bytes);
  gauge(
    'datakeep_storage_waiting_bytes',
    'Bytes of appends that wait for the writer.',
    ({ waitingBytes }) => waitingBytes,
  );
  gauge('datakeep_storage_events', 'Events stored.', ({ events }) => events);
  measureIndexes(registry, storage);
}
