import { availableParallelism } from 'node:os';
import type { ExecutionService } from '@datakeep/contracts';
import { JavaScriptExecutionService, type SourceStore } from '@datakeep/execution';
import type { Clock, Config, Ids, Logger } from '@datakeep/kernel';

/** The execution services of this process. */
export interface Runtimes {
  readonly services: ReadonlyMap<string, ExecutionService>;
  /** Runs that can be worked on at once. */
  readonly concurrency: number;
  close(): Promise<void>;
}

export async function openRuntimes(given: {
  readonly config: Config;
  readonly sources: SourceStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}): Promise<Runtimes> {
  const { config, ...parts } = given;
  const processes = config.viewProcesses === 0 ? Math.min(4, availableParallelism()) : config.viewProcesses;
  const javascript = await JavaScriptExecutionService.open({
    ...parts,
    processes,
    nodePath: process.execPath,
    limits: { wallTimeMs: config.viewWallTimeMs, memoryMiB: config.viewMemoryMiB },
  });
  return { services: new Map([[javascript.runtime, javascript]]), concurrency: processes, close: () => javascript.close() };
}
