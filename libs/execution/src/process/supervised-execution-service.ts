import {
  defaultExecutionLimits,
  type ExecutionLimits,
  type ExecutionOutcome,
  type ExecutionRequest,
  type ExecutionService,
  type RuntimeReport,
  type SourceFile,
} from '@datakeep/contracts';
import { DatakeepError, type Clock, type Ids, type Logger } from '@datakeep/kernel';
import { DataEndpoint } from '../http/data-endpoint.ts';
import type { Connectors } from '../http/exchange.ts';
import { BestLauncher } from '../jail/best-launcher.ts';
import { frameKinds } from '../javascript/runner/frames.ts';
import { checkSourceFiles, sourceDigest } from '../source-store/source-files.ts';
import type { SourceStore } from '../source-store/source-store.ts';
import type { Language, LoadedSource } from './language.ts';
import type { Launcher } from './launcher.ts';
import { OrphanGuard } from './orphan-guard.ts';
import { ProcessPool, type ProcessSize } from './process-pool.ts';
import { ProcessWatch } from './process-watch.ts';
import { RunSession } from './run-session.ts';
import { SourceCheck } from './source-check.ts';
import { ViewProcess } from './view-process.ts';

export interface SupervisedExecutionOptions {
  readonly sources: SourceStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Runs at once; at least 1. */
  readonly processes: number;
  readonly limits?: Partial<ExecutionLimits>;
  /** Default: the strongest that this machine allows. */
  readonly launcher?: Launcher;
  /** ms that a process may take to be ready; default 2,000. */
  readonly startMs?: number;
  readonly maxRuns?: number;
  readonly maxAgeMs?: number;
  /** How view code's `fetch` gets to `dataEndpoint`; default: as Node does. */
  readonly connectors?: Connectors;
}

const spareMs = 600_000;

/** One language's execution service: view code in processes of its own, supervised and pooled. */
export class SupervisedExecutionService implements ExecutionService {
  readonly runtime: string;
  readonly defaultLimits: ExecutionLimits;
  readonly #language: Language;
  readonly #options: SupervisedExecutionOptions;
  readonly #launcher: Launcher;
  readonly #pool: ProcessPool;
  readonly #check: SourceCheck;
  readonly #watch = new ProcessWatch();
  readonly #guard = new OrphanGuard();
  /** With what cancels each. */
  readonly #running = new Map<Promise<unknown>, () => void>();
  #closed = false;

  private constructor(language: Language, options: SupervisedExecutionOptions, launcher: Launcher) {
    this.#language = language;
    this.#options = options;
    this.#launcher = launcher;
    this.runtime = language.runtime;
    this.defaultLimits = { ...defaultExecutionLimits, ...options.limits };
    this.#pool = new ProcessPool({
      max: Math.max(1, options.processes),
      kept: language.kept,
      size: language.sizeOf(this.defaultLimits),
      maxRuns: options.maxRuns ?? language.maxRuns,
      maxAgeMs: options.maxAgeMs ?? language.maxAgeMs,
      spareMs,
      start: (size) => this.#start(size),
      clock: options.clock,
      logger: options.logger,
    });
    this.#check = new SourceCheck(language, () => this.#start(language.sizeOf(this.defaultLimits)), options.clock);
  }

  /** Finds out what isolation is possible here. Starts a view process only if there is source code that may be run. */
  static async start(language: Language, options: SupervisedExecutionOptions): Promise<SupervisedExecutionService> {
    const launcher = options.launcher ?? new BestLauncher(options.logger);
    await launcher.prepare(language.launchRequest(language.sizeOf({ ...defaultExecutionLimits, ...options.limits })));
    const service = new SupervisedExecutionService(language, options, launcher);
    if (!(await options.sources.isEmpty())) service.#pool.warm();
    return service;
  }

  async upload(files: readonly SourceFile[]): Promise<{ readonly sourceCodeId: string; readonly digest: string }> {
    if (this.#closed) throw new DatakeepError('not-ready');
    const entry = checkSourceFiles(files, this.#language.entries);
    await this.#check.run({ entry, files });
    const sourceCodeId = this.#options.ids.next();
    await this.#options.sources.put(sourceCodeId, files);
    this.#pool.warm();
    return { sourceCodeId, digest: sourceDigest(files) };
  }

  read(sourceCodeId: string): Promise<readonly SourceFile[] | undefined> {
    return this.#options.sources.get(sourceCodeId);
  }

  async delete(sourceCodeId: string): Promise<void> {
    await this.#options.sources.delete(sourceCodeId);
    await this.#pool.evict((key) => key.startsWith(`${sourceCodeId} `));
  }

  async execute(request: ExecutionRequest): Promise<ExecutionOutcome> {
    // One controller a run, not AbortSignal.any: that ties every run to a signal that lives as long as the service.
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    if (request.signal.aborted || this.#closed) abort();
    request.signal.addEventListener('abort', abort, { once: true });
    const running = this.#execute({ ...request, signal: controller.signal });
    this.#running.set(running, abort);
    try {
      return await running;
    } catch (error) {
      this.#options.logger.error('A run could not be executed', { runtime: this.runtime, sourceCodeId: request.sourceCodeId }, error);
      throw DatakeepError.from(error) ?? new DatakeepError('execution-service-unreachable', undefined, { cause: error });
    } finally {
      request.signal.removeEventListener('abort', abort);
      this.#running.delete(running);
    }
  }

  async #execute(request: ExecutionRequest): Promise<ExecutionOutcome> {
    const { sourceCodeId, reuseKey, limits, signal } = request;
    const { runs, entries } = this.#language;
    // A process that runs no view code itself has nothing of one key that another could find.
    const key = runs === 'in-child' ? `${sourceCodeId} ` : `${sourceCodeId} ${reuseKey}`;
    const size = this.#language.sizeOf(limits);
    const missing = (): ExecutionOutcome => this.#unstarted('failed', 'view-source-missing', 'There is no source code of that id.');
    const loaded = this.#pool.holds(key, size) ? undefined : await this.#options.sources.get(sourceCodeId);
    if (!loaded && !this.#pool.holds(key, size)) return missing();
    const process = await this.#pool.acquire(key, size, signal);
    if (!process) return this.#unstarted('cancelled', 'view-cancelled', 'The run was cancelled.');
    let reusable = false;
    try {
      if (process.runs === 0) {
        const files = loaded ?? (await this.#options.sources.get(sourceCodeId));
        const entry = entries.find((name) => files?.some(({ path }) => path === name));
        if (!files || !entry) return missing();
        const source: LoadedSource = { entry, files, limits: { memoryMiB: size.memoryMiB, cpuSeconds: Math.ceil(limits.cpuTimeMs / 1000) } };
        process.send(frameKinds.load, 0, JSON.stringify(source));
      }
      const result = await new RunSession(process, request, {
        runs,
        clock: this.#options.clock,
        watch: this.#watch,
        isolation: this.#isolation(),
        endpoint: new DataEndpoint(request.dataEndpoint, this.#options.clock, this.#options.connectors),
      }).run();
      reusable = result.reusable;
      if (reusable && runs === 'in-process') process.send(frameKinds.prepare, 0);
      return result.outcome;
    } finally {
      this.#pool.release(process, reusable);
      // Law: nothing of the run works on when this resolves.
      if (!reusable) await process.exited;
    }
  }

  async report(): Promise<RuntimeReport> {
    return {
      name: this.runtime,
      where: 'built-in',
      healthy: !this.#closed && !this.#pool.failing,
      ...(this.#pool.failing ? { detail: 'View processes do not start.' } : {}),
      version: this.#language.version,
      isolation: this.#launcher.isolation,
      limits: this.defaultLimits,
      processes: this.#pool.counts(),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const abort of this.#running.values()) abort();
    await Promise.allSettled(this.#running.keys());
    await this.#check.close();
    await this.#pool.close();
    await this.#launcher.close();
  }

  #isolation(): ExecutionOutcome['isolation'] {
    const { level, layers } = this.#launcher.isolation;
    return { level, layers };
  }

  #unstarted(state: 'failed' | 'cancelled', code: string, message: string): ExecutionOutcome {
    const usage = { wallMs: 0, cpuMs: 0, peakMemoryMiB: 0, eventsRead: 0, eventsWritten: 0, bytesRead: 0, logBytesDropped: 0 };
    return { state, error: { code, message }, logs: [], usage, isolation: this.#isolation() };
  }

  #start(size: ProcessSize): ViewProcess {
    const launch = this.#launcher.launch(this.#language.launchRequest(size));
    const view = new ViewProcess(launch, this.#options.startMs ?? 2000, this.#options.clock);
    const { pid } = view;
    if (pid !== undefined) {
      this.#guard.add(pid);
      void view.exited.then(() => this.#guard.remove(pid));
    }
    return view;
  }
}
