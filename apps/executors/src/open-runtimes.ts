import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { ExecutionService } from '@datakeep/contracts';
import {
  HttpExecutionService,
  openJavaScript,
  openPython,
  type SourceStore,
  SupervisedExecutionService,
} from '@datakeep/execution';
import {
  type BuiltInRuntime,
  type Clock,
  type Config,
  ConfigError,
  type Ids,
  type Logger,
  type RuntimeSetting,
} from '@datakeep/kernel';
import { closeAll, type KeyedApi } from '@datakeep/service-host';
import { startExecutionApi } from './execution-api/start-execution-api.ts';

/** The execution services of this process, opened; also their injection token. */
export abstract class OpenRuntimes {
  abstract readonly services: ReadonlyMap<string, ExecutionService>;
  /** Where the keep's own runtimes answer over HTTP, if EXECUTION_PORT is set. */
  readonly api?: KeyedApi;
  /**
   * Runs the self-tests of the keep's own runtimes, one after the other, now and every hour; resolves when the first
   * have ended. No run may begin before.
   */
  abstract prove(): Promise<void>;
  abstract close(): Promise<void>;
}

interface RuntimesOptions {
  readonly config: Config;
  readonly sources: SourceStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** See `ProcessStart`. */
  readonly selfTest?: boolean | undefined;
}

/**
 * Concurrent runs for each foreign service, on top of those that this machine executes itself: the worker only waits
 * for them.
 */
const foreignRuns = 4;

/** View processes at once, of each runtime of the keep's own. */
const processesOf = ({ viewProcesses }: Config): number =>
  viewProcesses === 0 ? Math.min(4, availableParallelism()) : viewProcesses;

/** Runs that this machine can work on at once. */
export const concurrencyOf = (config: Config): number =>
  processesOf(config) + config.runtimes.filter(({ url }) => url !== undefined).length * foreignRuns;

/**
 * The runtimes that RUNTIMES names: the keep's own, and any program that implements the interface of execution
 * services.
 */
export async function openRuntimes(options: RuntimesOptions): Promise<OpenRuntimes> {
  const { config } = options;
  const processes = processesOf(config);
  const services = new Map<string, ExecutionService>();
  let api: KeyedApi | undefined;
  // Its runs first: an API that closes waits for what it has begun to answer.
  const close = (): Promise<void> =>
    closeAll([
      ...[...services.values()].map((service) => () => service.close()),
      () => api?.close() ?? Promise.resolve(),
    ]);
  try {
    for (const setting of config.runtimes) services.set(setting.name, await open(setting, processes, options));
    const own = new Map(
      [...services].filter(([name]) =>
        config.runtimes.some((setting) => setting.name === name && setting.url === undefined),
      ),
    );
    api = await startExecutionApi({ ...options, services: own });
  } catch (error) {
    await close();
    throw error;
  }
  const prove = async (): Promise<void> => {
    for (const service of services.values()) if (service instanceof SupervisedExecutionService) await service.prove();
  };
  return { services, ...(api ? { api } : {}), prove, close };
}

async function open(
  { name, url }: RuntimeSetting,
  processes: number,
  { config, ...options }: RuntimesOptions,
): Promise<ExecutionService> {
  const common = { ...options, allowUnconfined: config.allowUnconfinedViews, keepFolders: [resolve(config.dataDir)] };
  const limits = { wallTimeMs: config.viewWallTimeMs, memoryMiB: config.viewMemoryMiB };
  if (url !== undefined)
    return new HttpExecutionService({ runtime: name, url, key: config.runtimeKeys[name], limits, clock: common.clock });
  switch (name as BuiltInRuntime) {
    case 'javascript':
      return openJavaScript({ ...common, processes, nodePath: process.execPath, limits });
    case 'python':
      return openPython({ ...common, processes, limits });
    default:
      throw new ConfigError(`RUNTIMES names ${name}, which this keep cannot run itself.`);
  }
}
