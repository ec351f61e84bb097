import { Gauge, type Registry } from 'prom-client';
import type { RunQueueCounts } from '@datakeep/contracts';

/** Adds to a process's metrics the jobs of the run queue by state. */
export function measureQueue(registry: Registry, counts: () => Promise<RunQueueCounts>): void {
  void new Gauge({
    name: 'datakeep_run_queue_jobs',
    help: 'Jobs of the run queue by state.',
    labelNames: ['state'] as const,
    registers: [registry],
    async collect() {
      for (const [state, jobs] of Object.entries(await counts())) this.set({ state }, jobs);
    },
  });
}
