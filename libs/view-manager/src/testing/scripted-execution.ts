import {
  defaultExecutionLimits,
  type ExecutionOutcome,
  type ExecutionRequest,
  type ExecutionService,
  type RuntimeReport,
  type SourceFile,
} from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

export const limits = defaultExecutionLimits;
const usage = {
  wallMs: 1,
  cpuMs: 1,
  peakMemoryMiB: 60,
  eventsRead: 0,
  eventsWritten: 0,
  bytesRead: 0,
  logBytesDropped: 0,
};
const isolation = { level: 'language', layers: ['process'] } as const;

export function succeeded(result: unknown): ExecutionOutcome {
  return { state: 'succeeded', resultJson: JSON.stringify(result), logs: [], usage, isolation };
}

export function ended(state: 'failed' | 'timed-out' | 'cancelled', code: string): ExecutionOutcome {
  const logs = [{ at: '2026-01-01T00:00:00.000Z', level: 'info', text: 'so far' }] as const;
  return { state, error: { code, message: code }, logs, usage, isolation };
}

/** Runs the function it is given instead of code. An abort ends it as `cancelled`, as the port promises. */
export class ScriptedExecution implements ExecutionService {
  readonly runtime = 'javascript';
  readonly defaultLimits = limits;
  readonly sources = new Map<string, readonly SourceFile[]>();
  readonly requests: ExecutionRequest[] = [];
  code: (request: ExecutionRequest) => Promise<ExecutionOutcome> = async () => succeeded(null);
  down = false;
  #uploads = 0;

  async upload(files: readonly SourceFile[]): Promise<{ sourceCodeId: string; digest: string }> {
    this.#check();
    if (!files.some(({ path }) => path === 'main.js'))
      throw DatakeepError.invalidAt('/files', 'source', 'There is no entry file.');
    this.#uploads += 1;
    const sourceCodeId = this.#uploads.toString(16).padStart(24, '0');
    this.sources.set(sourceCodeId, files);
    return { sourceCodeId, digest: 'd'.repeat(64) };
  }

  async read(sourceCodeId: string): Promise<readonly SourceFile[] | undefined> {
    return this.sources.get(sourceCodeId);
  }

  async delete(sourceCodeId: string): Promise<void> {
    this.#check();
    this.sources.delete(sourceCodeId);
  }

  async execute(request: ExecutionRequest): Promise<ExecutionOutcome> {
    this.requests.push(request);
    this.#check();
    const aborted = Promise.withResolvers<ExecutionOutcome>();
    request.signal.addEventListener('abort', () => aborted.resolve(ended('cancelled', 'view-cancelled')), {
      once: true,
    });
    if (request.signal.aborted) return ended('cancelled', 'view-cancelled');
    return Promise.race([this.code(request), aborted.promise]);
  }

  async report(): Promise<RuntimeReport> {
    this.#check();
    return {
      name: this.runtime,
      where: 'built-in',
      healthy: true,
      isolation: { ...isolation, proof: 'none' },
      limits,
      processes: { running: 0, idle: 0, max: 1 },
    };
  }

  async close(): Promise<void> {
    this.down = true;
  }

  #check(): void {
    if (this.down) throw new DatakeepError('execution-service-unreachable');
  }
}
