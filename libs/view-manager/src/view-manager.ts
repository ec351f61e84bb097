import type {
  Deleter,
  DryRun,
  DryRunRequest,
  NewViewTemplate,
  NewViewTemplateVersion,
  Paging,
  Permission,
  RecordPage,
  Run,
  RunCaller,
  RunCoordinator,
  RunDirectory,
  RunFigures,
  RunFilter,
  RunQueueCounts,
  RuntimeReport,
  SourceFile,
  ViewInstance,
  ViewManager,
  ViewTemplate,
  ViewTemplateVersion,
  ViewUsage,
} from '@datakeep/contracts';
import { Attempts } from './attempts/attempts.ts';
import { BestEffortAudit } from './records/best-effort-audit.ts';
import { DryRuns } from './runs/dry-runs.ts';
import { Instances } from './instances/instances.ts';
import type { ViewManagerOptions } from './records/options.ts';
import { QueueCapacity } from './runs/queue-capacity.ts';
import { Reconciler } from './runs/reconciler.ts';
import { RunCanceller } from './attempts/run-canceller.ts';
import { DefaultRunCoordinator } from './runs/default-run-coordinator.ts';
import { RunRecords, isTerminal } from './records/run-records.ts';
import { showRun } from './records/shown-runs.ts';
import { RunStarter } from './runs/run-starter.ts';
import { ExecutionSpecs } from './runs/execution-specs.ts';
import { RunSweeper } from './runs/run-sweeper.ts';
import { RunsPerDay } from './runs/runs-per-day.ts';
import { RunTokens } from './runs/run-tokens.ts';
import { RunWaiters } from './records/run-waiters.ts';
import { RunningAttempts } from './attempts/running-attempts.ts';
import { reportRuntimes } from './templates/runtime-reports.ts';
import { Templates } from './templates/templates.ts';
import { TemplateVersions } from './templates/template-versions.ts';

/**
 * The View Manager over the ports of its options, and the coordinator that workers of its queue ask. It owns none of
 * them: their maker closes them, after `close` has resolved.
 */
export class DefaultViewManager implements ViewManager, RunDirectory {
  readonly coordinator: RunCoordinator;
  readonly #trail: BestEffortAudit;
  readonly #waiters: RunWaiters;
  readonly #runs: RunRecords;
  readonly #canceller: RunCanceller;
  readonly #versions: TemplateVersions;
  readonly #templates: Templates;
  readonly #instances: Instances;
  readonly #starter: RunStarter;
  readonly #runsPerDay: RunsPerDay;
  readonly #dryRuns: DryRuns;
  readonly #tokens: RunTokens;
  readonly #reconciler: Reconciler;
  readonly #sweeper: RunSweeper;

  constructor(private readonly options: ViewManagerOptions) {
    const running = new RunningAttempts();
    this.#trail = new BestEffortAudit(options.audit, options.logger);
    this.#waiters = new RunWaiters(options.clock, options.endsElsewhere);
    const capacity = new QueueCapacity(options);
    this.#runs = new RunRecords(options.documents, options.clock, this.#waiters, this.#trail);
    this.#canceller = new RunCanceller(options, this.#runs, running);
    this.#versions = new TemplateVersions(options);
    this.#templates = new Templates(options, this.#versions, this.#trail);
    this.#instances = new Instances(options, this.#templates, this.#versions, this.#runs, this.#canceller, this.#trail);
    this.#runsPerDay = new RunsPerDay(options, this.#runs);
    const bounds = { capacity, runsPerDay: this.#runsPerDay };
    this.#starter = new RunStarter(options, this.#versions, this.#instances, this.#runs, bounds);
    this.#dryRuns = new DryRuns(options, this.#runs, this.#waiters, this.#canceller, capacity, this.#trail);
    const subjects = new ExecutionSpecs(options.documents, this.#instances, this.#versions);
    this.#tokens = new RunTokens(options.signer, running, this.#runs, subjects);
    this.coordinator = new DefaultRunCoordinator(
      options,
      subjects,
      this.#dryRuns.reads,
      this.#runs,
      running,
      new Attempts(running, this.#runs),
      this.#tokens,
    );
    this.#reconciler = new Reconciler(options, this.#runs, this.#instances, this.#versions, this.#dryRuns, running);
    this.#sweeper = new RunSweeper(options, this.#runs);
  }

  /**
   * Reconciles records and queue, at once and every 10 s. Runs can be made before; a worker that starts only after it
   * finds every run that a crash left.
   */
  async start(): Promise<void> {
    await this.#versions.adoptOld();
    await this.#reconciler.start();
    this.#sweeper.start();
  }

  /**
   * To be called once no worker of this process is at work. Waiting callers get the present state; every audit entry is
   * durable then.
   */
  async close(): Promise<void> {
    await Promise.all([this.#reconciler.close(), this.#sweeper.close()]);
    this.#canceller.close();
    this.#waiters.close();
    await this.#trail.settled();
  }

  /** Before a shutdown: callers that wait get the present state now. */
  stopWaiting(): void {
    this.#waiters.close();
  }

  createTemplate(template: NewViewTemplate, adminId: string): Promise<ViewTemplate> {
    return this.#templates.create(template, adminId);
  }

  dryRun(request: DryRunRequest, adminId: string): Promise<DryRun> {
    return this.#dryRuns.run(request, adminId);
  }

  listTemplates(paging: Paging): Promise<RecordPage<ViewTemplate>> {
    return this.#templates.list(paging);
  }

  getTemplate(id: string): Promise<ViewTemplate> {
    return this.#templates.get(id);
  }

  getTemplateSource(id: string, version?: number): Promise<readonly SourceFile[]> {
    return this.#templates.source(id, version);
  }

  async createTemplateVersion(
    id: string,
    version: NewViewTemplateVersion,
    adminId: string,
  ): Promise<ViewTemplateVersion> {
    const record = await this.#templates.createVersion(id, version, adminId);
    try {
      await this.#instances.moves.rollOut(id, { kind: 'admin', id: adminId });
    } catch (error) {
      // The version exists, and the reconciler continues.
      this.options.logger.error('A version could not be offered to every instance yet', { viewTemplateId: id }, error);
    }
    return this.#versions.show(record);
  }

  listTemplateVersions(id: string, paging: Paging): Promise<RecordPage<ViewTemplateVersion>> {
    return this.#templates.listVersions(id, paging);
  }

  getTemplateVersion(id: string, version: number): Promise<ViewTemplateVersion> {
    return this.#templates.getVersion(id, version);
  }

  deleteTemplate(id: string, adminId: string): Promise<void> {
    return this.#templates.delete(id, adminId);
  }

  createInstance(
    appId: string,
    viewTemplateId: string,
    configuration: unknown,
  ): Promise<{ readonly instance: ViewInstance; readonly permissions: readonly Permission[] }> {
    return this.#instances.create(appId, viewTemplateId, configuration);
  }

  listInstances(
    filter: { readonly appId?: string; readonly viewTemplateId?: string },
    paging: Paging,
  ): Promise<RecordPage<ViewInstance>> {
    return this.#instances.list(filter, paging);
  }

  getInstance(id: string, appId?: string): Promise<ViewInstance> {
    return this.#instances.get(id, appId);
  }

  deleteInstance(id: string, by: Deleter): Promise<void> {
    return this.#instances.delete(id, by);
  }

  deleteInstancesOfApp(appId: string): Promise<boolean> {
    return this.#instances.deleteOfApp(appId);
  }

  startRun(appId: string, viewInstanceId: string, clientCustomData: unknown): Promise<Run> {
    return this.#starter.start(appId, viewInstanceId, clientCustomData);
  }

  async waitForRun(id: string, waitMs: number): Promise<Run> {
    const present = async (): Promise<Run | undefined> => {
      const record = await this.#runs.existing(id);
      return isTerminal(record) ? showRun(record) : undefined;
    };
    return (await this.#waiters.wait(id, waitMs, present)) ?? showRun(await this.#runs.existing(id));
  }

  async getRun(id: string, appId?: string): Promise<Run> {
    return showRun(await this.#runs.existing(id, appId));
  }

  listRuns(filter: RunFilter, paging: Paging): Promise<RecordPage<Run>> {
    return this.#runs.list(filter, paging);
  }

  async cancelRun(id: string, by: { readonly kind: 'app' | 'admin'; readonly id: string }): Promise<Run> {
    const record = await this.#canceller.cancel(await this.#runs.existing(id, by.kind === 'app' ? by.id : undefined));
    await this.#trail.record({ action: 'run.cancelled', actor: by, subject: { kind: 'run', id } });
    return showRun(record);
  }

  async usageOf(appId: string): Promise<ViewUsage> {
    const [viewInstances, queuedRuns, runsPerDay] = await Promise.all([
      this.#instances.countOfApp(appId),
      this.#runs.unfinishedOfApp(appId),
      this.#runsPerDay.used(appId),
    ]);
    return { viewInstances, queuedRuns, runsPerDay };
  }

  runtimes(): Promise<readonly RuntimeReport[]> {
    return reportRuntimes(this.options.runtimes);
  }

  runFigures(): Promise<RunFigures> {
    return this.#sweeper.figures();
  }

  queueCounts(): Promise<RunQueueCounts> {
    return this.options.queue.counts();
  }

  run(viewInstanceId: string, tokenId: string): Promise<RunCaller | undefined> {
    return this.#tokens.run(viewInstanceId, tokenId);
  }
}
