import {
  defaultExecutionLimits,
  type ExecutionLimits,
  type ExecutionOutcome,
  type ExecutionRequest,
  type ExecutionService,
  type RuntimeReport,
  type SelfTestReport,
  type SourceFile,
} from '@datakeep/contracts';
import { DatakeepError, type Clock, type Ids, type Logger } from '@datakeep/kernel';
import { DataEndpoint } from '../data-endpoint/data-endpoint.ts';
import type { Connectors } from '../data-endpoint/exchange.ts';
import { outcomeWithoutUsage } from '../outcomes/outcome-without-usage.ts';
import { bestLauncher } from '../jail/best-launcher.ts';
import { frameKinds } from '../frames/frames.ts';
import { checkSourceFiles, sourceDigest } from '../source-store/source-files.ts';
import type { LanguageAttacks } from '../self-test/attacks.ts';
import { IsolationGate } from '../self-test/isolation-gate.ts';
import { runSelfTest } from '../self-test/self-test.ts';
import type { SourceStore } from '../source-store/source-store.ts';
import type { Language, LoadedSource } from './language.ts';
import type { Launcher } from '../jail/launcher.ts';
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
  /** View code runs also where the operating system does not keep it apart; default: it does not. */
  readonly allowUnconfined?: boolean;
  /**
   * Whether attacks prove the isolation before the first run and every hour; default: true. If false, the level is
   * never `os`.
   */
  readonly selfTest?: boolean | undefined;
  /** Folders of the keep that the self-test tries to read. */
  readonly keepFolders?: readonly string[];
  /** ms that a process may take to be ready; default 2,000. */
  readonly startMs?: number;
  readonly maxRuns?: number;
  readonly maxAgeMs?: number;
  /** How view code's `fetch` gets to `dataEndpoint`; default: as Node does. */
  readonly connectors?: Connectors;
}

const spareMs = 600_000;
/** No source code has such an id. */
const selfTestKey = 'self-test ';

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
  readonly #gate: IsolationGate;
  /** With what cancels each. */
  readonly #running = new Map<Promise<unknown>, () => void>();
  readonly #closing = new AbortController();
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
    const attacks = options.selfTest === false ? undefined : language.attacks(language.sizeOf(this.defaultLimits));
    this.#gate = new IsolationGate({
      ...options,
      runtime: language.runtime,
      launcher,
      allowUnconfined: options.allowUnconfined === true,
      test: attacks && (() => this.#selfTest(attacks)),
    });
    this.#check = new SourceCheck(language, () => this.#start(language.sizeOf(this.defaultLimits)), options.clock);
  }

  /** Finds out what isolation is possible here. Starts a view process only if there is source code that may be run. */
  static async start(language: Language, options: SupervisedExecutionOptions): Promise<SupervisedExecutionService> {
    const request = language.launchRequest(language.sizeOf({ ...defaultExecutionLimits, ...options.limits }));
    await options.launcher?.prepare(request);
    const launcher = options.launcher ?? (await bestLauncher(request, options.logger));
    const service = new SupervisedExecutionService(language, options, launcher);
    // What starts within ms need not be kept ready for code that may be another language's.
    if (language.runs === 'in-process' && !(await options.sources.isEmpty())) service.#pool.warm();
    return service;
  }

  /** Makes the first self-test, unless it has been made; resolves when it has ended. Uploads and runs wait for it. */
  prove(): Promise<void> {
    return this.#gate.proven();
  }

  async upload(files: readonly SourceFile[]): Promise<{ readonly sourceCodeId: string; readonly digest: string }> {
    if (this.#closed) throw new DatakeepError('not-ready');
    const entry = checkSourceFiles(files, this.#language.entries);
    await this.#gate.proven();
    const { refusal } = this.#gate;
    if (refusal !== undefined) throw new DatakeepError('view-isolation-missing', refusal);
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
      this.#options.logger.error(
        'A run could not be executed',
        { runtime: this.runtime, sourceCodeId: request.sourceCodeId },
        error,
      );
      throw (
        DatakeepError.from(error) ?? new DatakeepError('execution-service-unreachable', undefined, { cause: error })
      );
    } finally {
      request.signal.removeEventListener('abort', abort);
      this.#running.delete(running);
    }
  }

  async #execute(request: ExecutionRequest): Promise<ExecutionOutcome> {
    const { sourceCodeId, reuseKey } = request;
    await this.#gate.proven();
    const { refusal } = this.#gate;
    if (refusal !== undefined) return this.#unstarted('failed', 'view-isolation-missing', refusal);
    // A process that runs no view code itself has nothing of one key that another could find.
    const key = this.#language.runs === 'in-child' ? `${sourceCodeId} ` : `${sourceCodeId} ${reuseKey}`;
    return this.#run(request, key, () => this.#options.sources.get(sourceCodeId));
  }

  async #run(
    request: ExecutionRequest,
    key: string,
    read: () => Promise<readonly SourceFile[] | undefined>,
  ): Promise<ExecutionOutcome> {
    const { limits, signal } = request;
    const { runs, entries } = this.#language;
    const size = this.#language.sizeOf(limits);
    const missing = (): ExecutionOutcome =>
      this.#unstarted('failed', 'view-source-missing', 'There is no source code of that id.');
    const loaded = this.#pool.holds(key, size) ? undefined : await read();
    if (!loaded && !this.#pool.holds(key, size)) return missing();
    const process = await this.#pool.acquire(key, size, signal);
    if (!process) return this.#unstarted('cancelled', 'view-cancelled', 'The run was cancelled.');
    let reusable = false;
    try {
      if (process.runs === 0) {
        const files = loaded ?? (await read());
        const entry = entries.find((name) => files?.some(({ path }) => path === name));
        if (!files || !entry) return missing();
        const source: LoadedSource = {
          entry,
          files,
          limits: { memoryMiB: size.memoryMiB, cpuSeconds: Math.ceil(limits.cpuTimeMs / 1000) },
        };
        process.send(frameKinds.load, 0, JSON.stringify(source));
      }
      const result = await new RunSession(process, request, {
        runs,
        clock: this.#options.clock,
        watch: this.#watch,
        isolation: this.#gate.isolation,
        endpoint: () =>
          new DataEndpoint(request.dataEndpoint, this.#options.clock, this.#options.connectors, request.gatewayUrl),
      }).run();
      reusable = result.reusable;
      return result.outcome;
    } finally {
      this.#pool.release(process, reusable);
      // Contract: nothing of the run is still at work when this resolves.
      if (!reusable) await process.exited;
    }
  }

  /** Attacks as view code would. Leaves nothing behind, and keeps no process warm, since no view has this source. */
  async #selfTest(attacks: LanguageAttacks): Promise<SelfTestReport> {
    const { clock, sources, keepFolders = [] } = this.#options;
    let views = 0;
    const run = (
      files: readonly SourceFile[],
      limits: ExecutionLimits,
      parametersJson = '{}',
    ): Promise<ExecutionOutcome> =>
      this.#run(
        {
          sourceCodeId: '',
          reuseKey: '',
          parametersJson,
          limits,
          broker: { call: () => Promise.reject(new DatakeepError('not-found')) },
          signal: this.#closing.signal,
        },
        `${selfTestKey}${views++}`,
        () => Promise.resolve(files),
      );
    try {
      return await runSelfTest({
        attacks,
        launcher: this.#launcher,
        keepFolders,
        limits: this.defaultLimits,
        clock,
        signal: this.#closing.signal,
        run,
      });
    } finally {
      await this.#pool.evict((key) => key.startsWith(selfTestKey));
      if (await sources.isEmpty()) await this.#pool.letSpareGo();
    }
  }

  async report(): Promise<RuntimeReport> {
    return {
      name: this.runtime,
      where: 'built-in',
      healthy: !this.#closed && !this.#pool.failing,
      ...(this.#pool.failing ? { detail: 'View processes do not start.' } : {}),
      version: this.#language.version,
      isolation: { ...this.#gate.isolation, proof: this.#gate.proof },
      ...(this.#gate.report === undefined ? {} : { selfTest: this.#gate.report }),
      limits: this.defaultLimits,
      processes: this.#pool.counts(),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.abort();
    for (const abort of this.#running.values()) abort();
    await Promise.allSettled(this.#running.keys());
    await this.#gate.close();
    await this.#check.close();
    await this.#pool.close();
    await this.#launcher.close();
  }

  #unstarted(state: 'failed' | 'cancelled', code: string, message: string): ExecutionOutcome {
    return outcomeWithoutUsage(state, { code, message }, this.#gate.isolation);
  }

  #start(size: ProcessSize): ViewProcess {
    const launch = this.#launcher.launch(this.#language.launchRequest(size));
    return new ViewProcess(launch, this.#options.startMs ?? 2000, this.#options.clock);
  }
}
