import type {
  NewViewTemplate,
  Paging,
  Permission,
  RecordPage,
  Run,
  RunCaller,
  RunDirectory,
  RunFilter,
  RunWorker,
  RuntimeReport,
  SourceFile,
  ViewInstance,
  ViewManager,
  ViewTemplate,
} from '@datakeep/contracts';
import { ActiveRuns } from './active-runs.ts';
import { AuditTrail } from './audit-trail.ts';
import { Instances } from './instances.ts';
import type { ViewManagerOptions } from './options.ts';
import { Reconciler } from './reconciler.ts';
import { RunCanceller } from './run-canceller.ts';
import { RunRecords, isTerminal, showRun } from './run-records.ts';
import { RunStarter } from './run-starter.ts';
import { RunTokens } from './run-tokens.ts';
import { RunWaiters } from './run-waiters.ts';
import { RunWork } from './run-worker.ts';
import { reportRuntimes } from './runtime-reports.ts';
import { Templates } from './templates.ts';

/** The View Manager over the ports of its options. It owns none of them: whoever made them closes them, after `close` has resolved. */
export class DefaultViewManager implements ViewManager, RunDirectory {
  readonly #options: ViewManagerOptions;
  readonly #trail: AuditTrail;
  readonly #waiters: RunWaiters;
  readonly #runs: RunRecords;
  readonly #canceller: RunCanceller;
  readonly #templates: Templates;
  readonly #instances: Instances;
  readonly #starter: RunStarter;
  readonly #tokens: RunTokens;
  readonly #work: RunWork;
  readonly #reconciler: Reconciler;
  #worker: RunWorker | undefined;

  constructor(options: ViewManagerOptions) {
    const active = new ActiveRuns();
    this.#options = options;
    this.#trail = new AuditTrail(options.audit, options.logger);
    this.#waiters = new RunWaiters(options.clock);
    this.#runs = new RunRecords(options.documents, options.clock, this.#waiters, this.#trail);
    this.#canceller = new RunCanceller(this.#runs, active, options.queue, options.logger);
    this.#templates = new Templates(options, this.#trail);
    this.#instances = new Instances(options, this.#templates, this.#canceller, this.#trail);
    this.#starter = new RunStarter(options, this.#templates, this.#instances, this.#runs);
    this.#tokens = new RunTokens(options.signer, active, this.#runs, this.#instances, this.#templates);
    this.#work = new RunWork(options, this.#templates, this.#instances, this.#runs, active, this.#tokens);
    this.#reconciler = new Reconciler(options, this.#runs, this.#instances, active);
  }

  /** Reconciles once, then works on the queue. Until then runs are made and wait. */
  async start(): Promise<void> {
    await this.#reconciler.start();
    this.#worker = this.#options.queue.work(
      (job, signal) => this.#work.handle(job, signal),
      (id, reason, error) => this.#work.gaveUp(id, reason, error),
    );
  }

  /** Takes no new run; running ones have `graceMs` to end, then go back to the queue. Callers that wait get the present state. Every audit entry is durable then. */
  async close(graceMs: number): Promise<void> {
    await this.#reconciler.close();
    await this.#worker?.close(graceMs);
    this.#waiters.close();
    await this.#trail.settled();
  }

  createTemplate(template: NewViewTemplate, adminId: string): Promise<ViewTemplate> {
    return this.#templates.create(template, adminId);
  }

  listTemplates(paging: Paging): Promise<RecordPage<ViewTemplate>> {
    return this.#templates.list(paging);
  }

  getTemplate(id: string): Promise<ViewTemplate> {
    return this.#templates.get(id);
  }

  getTemplateSource(id: string): Promise<readonly SourceFile[]> {
    return this.#templates.source(id);
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

  listInstances(filter: { readonly appId?: string; readonly viewTemplateId?: string }, paging: Paging): Promise<RecordPage<ViewInstance>> {
    return this.#instances.list(filter, paging);
  }

  getInstance(id: string, appId?: string): Promise<ViewInstance> {
    return this.#instances.get(id, appId);
  }

  deleteInstance(id: string, appId: string): Promise<void> {
    return this.#instances.delete(id, appId);
  }

  deleteInstancesOfApp(appId: string): Promise<void> {
    return this.#instances.deleteOfApp(appId);
  }

  startRun(appId: string, viewInstanceId: string, clientCustomData: unknown): Promise<Run> {
    return this.#starter.start(appId, viewInstanceId, clientCustomData);
  }

  async waitForRun(id: string, waitMs: number): Promise<Run> {
    const ended = await this.#waiters.wait(id, waitMs, async () => {
      const record = await this.#runs.existing(id);
      return isTerminal(record) ? showRun(record) : undefined;
    });
    return ended ?? this.getRun(id);
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

  runtimes(): Promise<readonly RuntimeReport[]> {
    return reportRuntimes(this.#options.runtimes);
  }

  queueCounts(): Promise<{ readonly waiting: number; readonly active: number; readonly delayed: number; readonly failed: number }> {
    return this.#options.queue.counts();
  }

  run(viewInstanceId: string, tokenId: string): Promise<RunCaller | undefined> {
    return this.#tokens.run(viewInstanceId, tokenId);
  }
}
