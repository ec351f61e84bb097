import { Gauge, type Registry } from 'prom-client';
import type { ExecutionService, RuntimeReport } from '@datakeep/contracts';
import { askedOnce } from './asked-once.ts';

/**
 * Adds the execution services of a process to its metrics: view processes by state, their limit, and whether each
 * service is healthy.
 */
export function measureRuntimes(registry: Registry, services: ReadonlyMap<string, ExecutionService>): void {
  const reports = askedOnce(() => Promise.all([...services.values()].map((service) => service.report())));
  const gauge = (name: string, help: string, tell: (report: RuntimeReport) => number): void =>
    void new Gauge({
      name,
      help,
      labelNames: ['runtime'] as const,
      registers: [registry],
      async collect() {
        for (const report of await reports()) this.set({ runtime: report.name }, tell(report));
      },
    });
  gauge('datakeep_runtime_healthy', 'Whether the execution service is well (1) or not (0).', ({ healthy }) =>
    healthy ? 1 : 0,
  );
  gauge(
    'datakeep_view_processes_max',
    'View processes that may run at once, and so runs.',
    ({ processes }) => processes.max,
  );
  gauge('datakeep_view_processes_running', 'View processes that run a view now.', ({ processes }) => processes.running);
  gauge(
    'datakeep_view_processes_idle',
    'View processes that are warm and wait for a run.',
    ({ processes }) => processes.idle,
  );
}
