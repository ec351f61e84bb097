import type { ExecutionService, RuntimeReport } from '@datakeep/contracts';

/** Each service's own report; one that does not answer is reported as unhealthy, with no claim about its isolation. */
export function reportRuntimes(runtimes: ReadonlyMap<string, ExecutionService>): Promise<RuntimeReport[]> {
  return Promise.all(
    [...runtimes].map(async ([name, service]): Promise<RuntimeReport> => {
      try {
        return await service.report();
      } catch {
        return {
          name,
          where: 'unknown',
          healthy: false,
          detail: 'The execution service does not answer.',
          isolation: { level: 'language', layers: [], proof: 'none: the service does not answer' },
          limits: service.defaultLimits,
          processes: { running: 0, idle: 0, max: 0 },
        };
      }
    }),
  );
}
