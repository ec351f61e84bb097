import {
  defaultExecutionLimits,
  type ExecutionLimits,
  type ExecutionOutcome,
  type ExecutionService,
  type RuntimeReport,
  type SourceFile,
} from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import type { SourceStore } from '../source-store/source-store.ts';

/**
 * A runtime that is configured and cannot run here: stored source can be read and deleted, none is accepted or run, and
 * the report says why.
 */
export class AbsentRuntime implements ExecutionService {
  readonly runtime: string;
  readonly defaultLimits: ExecutionLimits;
  readonly #reason: string;
  readonly #sources: SourceStore;

  constructor(options: {
    readonly runtime: string;
    readonly reason: string;
    readonly sources: SourceStore;
    readonly limits: Partial<ExecutionLimits> | undefined;
  }) {
    this.runtime = options.runtime;
    this.defaultLimits = { ...defaultExecutionLimits, ...options.limits };
    this.#reason = options.reason;
    this.#sources = options.sources;
  }

  upload(): Promise<never> {
    return Promise.reject(new DatakeepError('execution-service-unreachable', `Nothing was stored. ${this.#reason}`));
  }

  read(sourceCodeId: string): Promise<readonly SourceFile[] | undefined> {
    return this.#sources.get(sourceCodeId);
  }

  delete(sourceCodeId: string): Promise<void> {
    return this.#sources.delete(sourceCodeId);
  }

  execute(): Promise<ExecutionOutcome> {
    return Promise.reject(new DatakeepError('execution-service-unreachable', this.#reason));
  }

  report(): Promise<RuntimeReport> {
    return Promise.resolve({
      name: this.runtime,
      where: 'built-in',
      healthy: false,
      detail: this.#reason,
      isolation: { level: 'language', layers: [], proof: 'Nothing is run.' },
      limits: this.defaultLimits,
      processes: { running: 0, idle: 0, max: 0 },
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
