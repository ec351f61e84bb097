import type { ExecutionLimits, ExecutionService } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { type Codec, json } from '../wire/codec.ts';
import { describeService, plain } from '../wire/service-description.ts';

const nothing: Codec<void> = { encode: () => ({ head: null }), decode: () => undefined };
type Files = Awaited<ReturnType<ExecutionService['read']>>;
/** JSON has no undefined: an unknown id is null on the way. */
const files: Codec<Files> = {
  encode: (value) => ({ head: value ?? null }),
  decode: ({ head }) => (head === null ? undefined : (head as NonNullable<Files>)),
};

/** One runtime's execution service as a service: its source code and its report. Runs are executed where their jobs are taken, so `execute` does not travel. */
export function executionService(runtime: string) {
  return describeService<ExecutionService>()({
    name: `execution-${runtime}`,
    failures: {
      unreachable: 'execution-service-unreachable',
      busy: 'execution-service-unreachable',
      answerTooLarge: 'execution-service-unreachable',
    },
    methods: {
      upload: plain({ repeatable: false }),
      read: { repeatable: true, request: json<[sourceCodeId: string]>(), response: files },
      delete: { repeatable: true, request: json<[sourceCodeId: string]>(), response: nothing },
      report: { ...plain({ repeatable: true }), deadlineMs: () => 2000 },
    },
  });
}

/** An `ExecutionService` from a client of `executionService(runtime)`, for the view manager: `close` closes the client, and it executes nothing. */
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
