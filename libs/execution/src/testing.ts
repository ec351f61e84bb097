import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker, ExecutionOutcome, ExecutionRequest, ExecutionService, SourceFile } from '@datakeep/contracts';
import { createLogger, ObjectIds, SystemClock } from '@datakeep/kernel';
import { openJavaScript, type JavaScriptExecutionServiceOptions } from './javascript/javascript-execution-service.ts';
import type { SupervisedExecutionOptions, SupervisedExecutionService } from './process/supervised-execution-service.ts';
import { openPython, type PythonExecutionServiceOptions } from './python/python-execution-service.ts';
import { MemorySourceStore } from './source-store/memory-source-store.ts';
import type { SourceStore } from './source-store/source-store.ts';

/** A broker whose keep holds nothing. */
export const emptyBroker: Broker = { call: async () => ({ json: '{"items":[],"nextCursor":null}', items: 0 }) };

/** An execution service with real processes. */
export interface TestedService<S extends ExecutionService> {
  readonly service: S;
  readonly sources: SourceStore;
  /** A fresh folder. */
  readonly directory: string;
  /** Uploads an entry file (or the given files) and gives its id. */
  readonly upload: (source: string | readonly SourceFile[]) => Promise<string>;
  /** Runs a source once; by default with the key `instance`, no input and a keep that holds nothing. */
  readonly run: (sourceCodeId: string, request?: Partial<ExecutionRequest>) => Promise<ExecutionOutcome>;
  readonly close: () => Promise<void>;
}

/** JavaScript. */
export function openJavaScriptService(
  options: Partial<JavaScriptExecutionServiceOptions> = {},
): Promise<TestedService<SupervisedExecutionService>> {
  return openTested('main.js', (basics) => openJavaScript({ ...basics, nodePath: process.execPath, ...options }));
}

/** Python. */
export function openPythonService(
  options: Partial<PythonExecutionServiceOptions> = {},
): Promise<TestedService<ExecutionService>> {
  return openTested('main.py', (basics) => openPython({ ...basics, ...options }));
}

async function openTested<S extends ExecutionService>(
  entry: string,
  open: (basics: SupervisedExecutionOptions) => Promise<S>,
): Promise<TestedService<S>> {
  const directory = await mkdtemp(join(tmpdir(), 'datakeep-execution-'));
  const sources = new MemorySourceStore();
  const service = await open({
    sources,
    clock: new SystemClock(),
    ids: new ObjectIds(),
    logger: createLogger('silent'),
    processes: 2,
    // A busy test machine gets more time to start a process.
    startMs: 10_000,
    // The self-test has its own tests; elsewhere it would only take time.
    selfTest: false,
    allowUnconfined: true,
  });
  return {
    service,
    sources,
    directory,
    upload: async (source) =>
      (await service.upload(typeof source === 'string' ? [{ path: entry, content: source }] : source)).sourceCodeId,
    run: (sourceCodeId, request = {}) =>
      service.execute({
        sourceCodeId,
        reuseKey: 'instance',
        parametersJson: '{}',
        limits: service.defaultLimits,
        broker: emptyBroker,
        signal: new AbortController().signal,
        ...request,
      }),
    close: async () => {
      await service.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
