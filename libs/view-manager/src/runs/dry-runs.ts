import { defaultExecutionLimits, type DryRun, type DryRunRequest } from '@datakeep/contracts';
import { everyOf, tookPlace, type Collection } from '@datakeep/documents';
import { DatakeepError } from '@datakeep/kernel';
import type { BestEffortAudit } from '../records/best-effort-audit.ts';
import { inputText } from '../instances/call-input.ts';
import { DryRunReads } from './dry-run-reads.ts';
import { jobIdOf } from '../attempts/job-ids.ts';
import type { ViewManagerOptions } from '../records/options.ts';
import type { QueueCapacity } from './queue-capacity.ts';
import { dryRunRecords, type DryRunRecord, type RunRecord } from '../records/records.ts';
import type { RunCanceller } from '../attempts/run-canceller.ts';
import { cancelled, isTerminal, type RunRecords } from '../records/run-records.ts';
import { showRun } from '../records/shown-runs.ts';
import type { RunWaiters } from '../records/run-waiters.ts';
import { checkTemplate, mergePermissions } from '../templates/template-input.ts';

type Options = Pick<ViewManagerOptions, 'documents' | 'runtimes' | 'profiles' | 'queue' | 'clock' | 'ids' | 'logger'>;

/** What a dry run may wait for a worker beside its own wall time. */
const queueMs = 10_000;
/** Longest time between the signal to end and the end. */
const endMs = 7000;
/** A dry run that is older belongs to a process that has ended: longer than the longest wall time and the two waits. */
const orphanedMs = 180_000;
/** Orphans that are read at once. */
const step = 50;

/**
 * Executes source that is not registered. It takes the path of every run, under a record that is in no list; its data
 * is removed once it has been answered.
 */
export class DryRuns {
  readonly reads: DryRunReads;
  readonly #records: Collection<DryRunRecord>;

  constructor(
    private readonly options: Options,
    private readonly runs: RunRecords,
    private readonly waiters: RunWaiters,
    private readonly canceller: RunCanceller,
    private readonly capacity: QueueCapacity,
    private readonly trail: BestEffortAudit,
  ) {
    this.#records = options.documents.collection(dryRunRecords);
    this.reads = new DryRunReads(options.documents);
  }

  async run(request: DryRunRequest, adminId: string): Promise<DryRun> {
    const { runtimes, profiles, clock, ids } = this.options;
    const configuration = inputText('configuration', request.configuration);
    const clientCustomData = inputText('clientCustomData', request.clientCustomData);
    await checkTemplate(request, new Set(runtimes.keys()), profiles);
    const service = runtimes.get(request.runtime)!;
    // Nothing is uploaded where there is no room for the run.
    await this.capacity.admit(undefined, async () => undefined);
    const { sourceCodeId, digest } = await service.upload(request.files);
    const plan: DryRunRecord = {
      id: ids.next(),
      runtime: request.runtime,
      permissions: mergePermissions(request.permissions),
      ...(request.limits === undefined ? {} : { limits: request.limits }),
      sourceCodeId,
      configuration,
      ...(request.appId === undefined ? {} : { source: request.appId }),
      createdAt: clock.now(),
    };
    let ended: RunRecord | undefined;
    try {
      await this.capacity.admit(undefined, () => this.#queue(plan, clientCustomData));
      ended = await this.#end(
        plan.id,
        { ...defaultExecutionLimits, ...service.defaultLimits, ...request.limits }.wallTimeMs,
      );
      const { viewInstanceId: _none, templateVersion: _version, ledger: _ledger, ...run } = showRun(ended);
      return { ...run, reads: await this.reads.of(plan.id), sourceDigest: digest };
    } finally {
      await this.#removeNow(plan);
      await this.trail.record({
        action: 'view-template.dry-run',
        actor: { kind: 'admin', id: adminId },
        subject: { kind: 'run', id: plan.id },
        details: {
          name: request.name,
          runtime: request.runtime,
          sourceDigest: digest,
          profiles: plan.permissions.map(({ profile }) => profile),
          appId: request.appId ?? null,
          state: ended?.state ?? 'not-run',
          ...(ended?.error === undefined ? {} : { code: ended.error.code }),
        },
      });
    }
  }

  /** Removes what processes that ended left of theirs. A job that is left is delivered, and finds no run. */
  async removeOrphans(): Promise<void> {
    const where = { createdAt: { lt: this.options.clock.now() - orphanedMs } };
    const sort = { field: 'createdAt', direction: 'ascending' } as const;
    for await (const orphan of everyOf(this.#records, { where, sort }, step)) await this.#remove(orphan);
  }

  async #queue(plan: DryRunRecord, clientCustomData: string): Promise<void> {
    const { documents, queue } = this.options;
    const run: RunRecord = {
      id: plan.id,
      appId: plan.source ?? '',
      // Also what a process is bound to: none is shared with anything else.
      viewInstanceId: plan.id,
      viewTemplateId: '',
      state: 'queued',
      attempts: 0,
      createdAt: plan.createdAt,
      dry: true,
    };
    await documents.commit([this.#records.insert(plan)]);
    await this.runs.insert(run, clientCustomData);
    await queue.add(jobIdOf(run.id));
  }

  /** Waits for the end, and brings it about where it does not come in time. */
  async #end(id: string, wallTimeMs: number): Promise<RunRecord> {
    if (!(await this.#wait(id, wallTimeMs + queueMs))) {
      const late = await this.runs.find(id);
      if (late && !isTerminal(late)) {
        await this.canceller.cancelUnlessEnded(late);
        await this.#wait(id, endMs);
      }
    }
    const record = await this.runs.find(id);
    if (record?.state === 'cancelled' && record.attempts === 0)
      throw new DatakeepError('run-queue-full', 'No worker took the run up in time. Nothing of it is left.', {
        retryAfterSeconds: 5,
      });
    if (!record || !isTerminal(record))
      throw new DatakeepError('not-ready', 'The dry run could not be ended in time.', { retryAfterSeconds: 5 });
    return record;
  }

  async #wait(id: string, waitMs: number): Promise<boolean> {
    const ended = await this.waiters.wait(id, waitMs, async () => {
      const record = await this.runs.find(id);
      return record && isTerminal(record) ? showRun(record) : undefined;
    });
    return ended !== undefined;
  }

  /** What cannot be removed now is removed as an orphan. */
  async #removeNow(plan: DryRunRecord): Promise<void> {
    try {
      await this.#remove(plan);
    } catch (error) {
      this.options.logger.error('What a dry run needed could not be removed yet', { runId: plan.id }, error);
    }
  }

  /** The plan last: as long as it is there, the rest is looked for. */
  async #remove({ id, runtime, sourceCodeId }: DryRunRecord): Promise<void> {
    const unended = await this.runs.find(id);
    if (unended && !isTerminal(unended)) await this.runs.end(unended, cancelled);
    await this.options.runtimes.get(runtime)?.delete(sourceCodeId);
    await this.reads.remove(id);
    const record = await this.runs.find(id);
    if (record) await this.runs.remove(record);
    await tookPlace(this.options.documents.commit([this.#records.delete(id)]));
  }
}
