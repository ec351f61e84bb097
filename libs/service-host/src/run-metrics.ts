import type { Registry } from 'prom-client';
import type { ExecutionService, RunQueueCounts, RuntimeReport } from '@datakeep/contracts';
import { gaugesOf } from './gauges.ts';

/** Adds to a process's metrics the jobs of the run queue by state. */
export function measureQueue(registry: Registry, counts: () => Promise<RunQueueCounts>): void {
  const gauge = gaugesOf(registry, counts);
  gauge('datakeep_run_queue_jobs', 'Jobs of the run queue by state.', (jobs) => ({ ...jobs }), 'state');
}

/**
 * Adds the execution services of a process to its metrics: view processes by state, their limit, and whether each
 * service is healthy.
 */
export function measureRuntimes(registry: Registry, services: ReadonlyMap<string, ExecutionService>): void {
  const gauge = gaugesOf(registry, () => Promise.all([...services.values()].map((service) => service.report())));
  const each = (name: string, help: string, figure: (report: RuntimeReport) => number): void =>
    gauge(
      name,
      help,
      (reports) => Object.fromEntries(reports.map((report) => [report.name, figure(report)])),
      'runtime',
    );
  each('datakeep_runtime_healthy', 'Whether the execution service is well (1) or not (0).', ({ healthy }) =>
    healthy ? 1 : 0,
  );
  each('datakeep_view_processes_max', 'View processes that may run at once, and so runs.', (of) => of.processes.max);
  each('datakeep_view_processes_running', 'View processes that run a view now.', (of) => of.processes.running);
  each('datakeep_view_processes_idle', 'View processes that are warm and wait for a run.', (of) => of.processes.idle);
}
