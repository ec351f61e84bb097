import { DocumentConflict, tookPlace, type Collection, type DocumentStore } from '@datakeep/documents';
import type { Clock, Logger } from '@datakeep/kernel';
import type { AuditEntry, InstancePermissions } from '@datakeep/contracts';
import type { BestEffortAudit } from '../records/best-effort-audit.ts';
import type { InstanceRecord } from '../records/records.ts';
import type { RunCanceller } from '../attempts/run-canceller.ts';
import type { RunRecords } from '../records/run-records.ts';
import type { TemplateRecord } from '../records/template-records.ts';

export interface InstanceRemovalOptions {
  readonly documents: DocumentStore;
  readonly permissions: InstancePermissions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly instances: Collection<InstanceRecord>;
  readonly templates: Collection<TemplateRecord>;
  readonly runs: RunRecords;
  readonly canceller: RunCanceller;
  readonly trail: BestEffortAudit;
}

/** An instance that is still `making` after this long was left so by a crash. */
const makingMs = 60_000;
/** Runs that are removed while a caller waits; the reconciler removes the rest. */
const runsAtOnce = 500;

/**
 * Deletes view instances: unfinished runs are cancelled, permissions are dropped, and the results of runs are removed.
 * Each step leaves the instance invisible (`going`, then `gone`); `finish` repeats it after a crash or a failure.
 */
export class InstanceRemoval {
  constructor(private readonly options: InstanceRemovalOptions) {}

  /**
   * All of them become invisible in one commit, so a crash cannot leave some of an app's instances alive. `mostRuns` of
   * each are removed now. Returns how many existed.
   */
  async delete(records: readonly InstanceRecord[], actor: AuditEntry['actor'], mostRuns?: number): Promise<number> {
    const { documents, instances, trail } = this.options;
    let left = records;
    while (left.length > 0) {
      try {
        await documents.commit(
          left.map(({ id }) => instances.update(id, { set: { state: 'going' } }, { state: 'ready' })),
        );
        break;
      } catch (error) {
        if (!(error instanceof DocumentConflict)) throw error;
        // It went meanwhile.
        left = left.filter((_, place) => place !== error.write);
      }
    }
    for (const record of left) {
      await this.#remove({ ...record, state: 'going' }, actor, mostRuns);
      await trail.record({
        action: 'view-instance.deleted',
        actor,
        subject: { kind: 'view-instance', id: record.id },
        details: { appId: record.appId, viewTemplateId: record.viewTemplateId },
      });
    }
    return left.length;
  }

  /** What cannot be removed now stays invisible, and `finish` removes it. */
  async undo(record: InstanceRecord): Promise<void> {
    try {
      await this.#remove(record, { kind: 'app', id: record.appId });
    } catch (error) {
      this.options.logger.error(
        'A half made view instance could not be removed yet',
        { viewInstanceId: record.id },
        error,
      );
    }
  }

  /** Finishes what a crash or a failure left half made or half deleted, and what runs left that had not ended. */
  async finish(): Promise<void> {
    const { instances, clock } = this.options;
    const leftBefore = clock.now() - makingMs;
    const [gone, going, making] = await Promise.all([
      instances.find({ where: { state: 'gone' }, limit: 200 }),
      instances.find({ where: { state: 'going' }, limit: 200 }),
      instances.find({ where: { state: 'making', createdAt: { lt: leftBefore } }, limit: 200 }),
    ]);
    for (const record of [...gone, ...going, ...making]) await this.#remove(record, { kind: 'keep', id: 'reconciler' });
  }

  async #remove(record: InstanceRecord, actor: AuditEntry['actor'], mostRuns = runsAtOnce): Promise<void> {
    const { documents, permissions, instances, templates, runs, canceller } = this.options;
    const { id, viewTemplateId, state } = record;
    await canceller.cancelOf(id);
    if (state !== 'gone') {
      await permissions.dropInstance(id, actor);
      const writes = [
        instances.update(id, { set: { state: 'gone' } }, { state }),
        templates.update(viewTemplateId, { inc: { instances: -1 } }),
      ];
      // Else another process was first, and continues.
      if (!(await tookPlace(documents.commit(writes)))) return;
    }
    const of = { viewInstanceId: id };
    if (!(await runs.removeEnded(of, mostRuns)) || (await runs.isAny(of))) return;
    // Durable, and every removal before it with it.
    await tookPlace(documents.commit([instances.delete(id, { state: 'gone' })]));
  }
}
