import { Gauge, type Registry } from 'prom-client';
import { indexStates, type DataStorage, type IndexReport } from '@datakeep/contracts';
import { SystemClock, within } from '@datakeep/kernel';
import { askedOnce } from './asked-once.ts';

/** A scrape does not wait for a build to end: then it reports the values of the last one. */
const patienceMs = 1000;

/** Adds the automatic indexes to a process's metrics: their number by state, and the space of existing ones. */
export function measureIndexes(registry: Registry, storage: DataStorage): void {
  const clock = new SystemClock();
  let last: readonly IndexReport[] = [];
  const ask = askedOnce(async () => {
    last = (await storage.indexes()).indexes.filter(({ state }) => state !== 'declared');
  });
  const reports = async (): Promise<readonly IndexReport[]> => {
    await within(clock, patienceMs, ask());
    return last;
  };
  void new Gauge({
    name: 'datakeep_indexes',
    help: 'Automatic indexes of the event storage by state, suggested ones among them.',
    labelNames: ['state'] as const,
    registers: [registry],
    async collect() {
      const found = await reports();
      for (const state of indexStates) this.set({ state }, found.filter((report) => report.state === state).length);
    },
  });
  void new Gauge({
    name: 'datakeep_indexes_bytes',
    help: 'What the automatic indexes of the event storage take.',
    registers: [registry],
    async collect() {
      const there = (await reports()).filter(
        ({ state }) => state === 'verifying' || state === 'active' || state === 'hidden',
      );
      this.set(there.reduce((sum, { figures }) => sum + (figures.bytes ?? 0), 0));
    },
  });
}
