import type { ExecutionLimits, ExecutionService } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { describeService } from '../wire/service-description.ts';

/**
 * One runtime's execution service as a service: its source code and its report. Runs are executed where their jobs are
 * taken, so `execute` does not travel.
 */
export function executionService(runtime: string) {
  const unreachable = 'execution-service-unreachable';
  return describeService<ExecutionService>()({
    name: `execution-${runtime}`,
    failures: { unreachable, busy: unreachable, answerTooLarge: unreachable },
    methods: {
      upload: { repeatable: false },
      read: { repeatable: true },
      delete: { repeatable: true },
      report: { repeatable: true, deadlineMs: 2000 },
    },
  });
}

/**
 * An `ExecutionService` from a client of `executionService(runtime)`, for the view manager: `close` closes the client,
 * and it executes nothing.
 */
export function remoteExecution(
  runtime: string,
  defaultLimits: ExecutionLimits,
  client: {
    readonly port: Pick<ExecutionService, 'upload' | 'read' | 'delete' | 'report'>;
    readonly control: { close(): Promise<void> };
  },
): ExecutionService {
  return {
    ...client.port,
    runtime,
    defaultLimits,
    execute: () =>
      Promise.reject(
        new DatakeepError('execution-service-unreachable', 'Runs are executed by the workers of the run queue.'),
      ),
    close: () => client.control.close(),
  };
}
