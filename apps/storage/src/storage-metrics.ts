import { Gauge, type Registry } from 'prom-client';
import type { DataStorage } from '@datakeep/contracts';

/** What the storage holds, and what waits for its writer. */
export function measureStorage(registry: Registry, storage: DataStorage): void {
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [registry] });
  const bytes = gauge('datakeep_storage_bytes', 'Size of the event storage.');
  const waiting = gauge('datakeep_storage_waiting_bytes', 'Bytes of appends that wait for the writer.');
  void new Gauge({
    name: 'datakeep_storage_events',
    help: 'Events stored.',
    registers: [registry],
    async collect() {
      const figures = await storage.figures();
      this.set(figures.events);
      bytes.set(figures.bytes);
      waiting.set(figures.waitingBytes);
    },
  });
}
