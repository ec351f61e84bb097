import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker, ExecutionOutcome, ExecutionRequest, SourceFile } from '@datakeep/contracts';
import { createLogger, ObjectIds, SystemClock } from '@datakeep/kernel';
import { openJavaScript, type JavaScriptExecutionServiceOptions } from './javascript/javascript-execution-service.ts';
import type { SupervisedExecutionService } from './process/supervised-execution-service.ts';
import { FileSourceStore } from './source-store/file-source-store.ts';

/** A broker whose keep holds nothing. */
export const emptyBroker: Broker = { call: async () => ({ json: '{"items":[],"nextCursor":null}', items: 0 }) };

/** A JavaScript execution service on a fresh folder, with real processes. A busy test machine gets more time to start one. */
export async function openJavaScriptService(options: Partial<JavaScriptExecutionServiceOptions> = {}): Promise<{
  readonly service: SupervisedExecutionService;
  readonly directory: string;
  /** Uploads `main.js` (or the given files) and gives its id. */
  readonly upload: (source: string | readonly SourceFile[]) => Promise<string>;
  /** Runs a source once; by default with the key `instance`, no input and a keep that holds nothing. */
  readonly run: (sourceCodeId: string, request?: Partial<ExecutionRequest>) => Promise<ExecutionOutcome>;
  readonly close: () => Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), 'datakeep-execution-'));
  const service = await openJavaScript({
    sources: await FileSourceStore.open(join(directory, 'source-code')),
    clock: new SystemClock(),
    ids: new ObjectIds(),
    logger: createLogger('silent'),
    processes: 2,
    nodePath: process.execPath,
    startMs: 10_000,
    ...options,
  });
  return {
    service,
    directory,
    upload: async (source) => (await service.upload(typeof source === 'string' ? [{ path: 'main.js', content: source }] : source)).sourceCodeId,
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
