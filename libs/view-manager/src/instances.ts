import type { Paging, Permission, RecordPage, ViewInstance } from '@datakeep/contracts';
import { DocumentConflict, type Collection, type Where } from '@datakeep/documents';
import { DatakeepError, isId, lruMap } from '@datakeep/kernel';
import type { AuditTrail } from './audit-trail.ts';
import { inputText } from './call-input.ts';
import type { ViewManagerOptions } from './options.ts';
import { newestFirst } from './pages.ts';
import { instanceRecords, type InstanceRecord } from './records.ts';
import type { RunCanceller } from './run-canceller.ts';
import type { Templates } from './templates.ts';

type Options = Pick<ViewManagerOptions, 'documents' | 'permissions' | 'clock' | 'ids' | 'logger'>;

/** How long an instance is held for the runs that were just made of it, ms (design.md, decision 7). */
const heldMs = 1000;
const mostHeld = 500;

/** An instance that is still `making` after this long was left so by a crash. */
const makingMs = 60_000;

function show({ id, appId, viewTemplateId, configuration, createdAt }: InstanceRecord): ViewInstance {
  return {
    id,
    appId,
    viewTemplateId,
    configuration: JSON.parse(configuration) as unknown,
    createdAt: new Date(createdAt).toISOString(),
  };
}

/**
 * View instances. An instance and its permissions are kept by two services, so making and deleting one are steps that each leave it invisible (`making`, `going`)
 * until the last one; what a crash leaves between them `removeLeftovers` removes.
 */
export class Instances {
  readonly #options: Options;
  readonly #templates: Templates;
  readonly #canceller: RunCanceller;
  readonly #trail: AuditTrail;
  readonly #records: Collection<InstanceRecord>;
  readonly #read = lruMap<{ readonly record: InstanceRecord; readonly readAt: number }>(mostHeld);

  constructor(options: Options, templates: Templates, canceller: RunCanceller, trail: AuditTrail) {
    this.#options = options;
    this.#templates = templates;
    this.#canceller = canceller;
    this.#trail = trail;
    this.#records = options.documents.collection(instanceRecords);
  }

  async create(
    appId: string,
    viewTemplateId: string,
    configuration: unknown,
  ): Promise<{ instance: ViewInstance; permissions: readonly Permission[] }> {
    const { documents, permissions: desk, clock, ids } = this.#options;
    const text = inputText('configuration', configuration);
    const template = await this.#templates.find(viewTemplateId);
    if (!template) throw unknownTemplate();
    const record: InstanceRecord = {
      id: ids.next(),
      appId,
      viewTemplateId,
      configuration: text,
      state: 'making',
      createdAt: clock.now(),
    };
    try {
      await documents.commit([
        this.#templates.records.update(template.id, { inc: { instances: 1 } }),
        this.#records.insert(record),
      ]);
    } catch (error) {
      throw error instanceof DocumentConflict ? unknownTemplate() : error;
    }
    try {
      const message = `The view "${template.name}" (template ${template.id}) needs this to run.`;
      const permissions =
        template.permissions.length === 0
          ? []
          : await desk.requestForInstance(appId, record.id, template.permissions, message);
      await documents.commit([this.#records.update(record.id, { set: { state: 'ready' } }, { state: 'making' })]);
      await this.#trail.record({
        action: 'view-instance.created',
        actor: { kind: 'app', id: appId },
        subject: { kind: 'view-instance', id: record.id },
        details: { viewTemplateId },
      });
      return { instance: show(record), permissions };
    } catch (error) {
      await this.#undo(record);
      throw error;
    }
  }

  list(
    filter: { readonly appId?: string; readonly viewTemplateId?: string },
    paging: Paging,
  ): Promise<RecordPage<ViewInstance>> {
    const where: Where<InstanceRecord> = {
      state: 'ready',
      ...(filter.appId === undefined ? {} : { appId: filter.appId }),
      ...(filter.viewTemplateId === undefined ? {} : { viewTemplateId: filter.viewTemplateId }),
    };
    return newestFirst(this.#records, where, paging, show);
  }

  async get(id: string, appId?: string): Promise<ViewInstance> {
    return show(await this.existing(id, appId));
  }

  /** The record of an instance that can be used, or undefined. */
  async find(id: string): Promise<InstanceRecord | undefined> {
    const readAt = this.#options.clock.monotonic();
    const record = isId(id) ? await this.#records.get(id) : undefined;
    if (record?.state !== 'ready') {
      this.#read.delete(id);
      return undefined;
    }
    this.#read.set(id, { record, readAt });
    return record;
  }

  /** For a run that is being begun: as it was read a moment ago, when the run was made. Deleting an instance ends its runs, so a late one is not begun. */
  async ofRun(id: string): Promise<InstanceRecord | undefined> {
    const known = this.#read.get(id);
    return known && this.#options.clock.monotonic() - known.readAt < heldMs ? known.record : this.find(id);
  }

  /** An instance of the app as it was read some time ago: it may have gone since, but has not changed. */
  known(id: string, appId: string): InstanceRecord | undefined {
    const record = this.#read.get(id)?.record;
    return record?.appId === appId ? record : undefined;
  }

  async existing(id: string, appId?: string): Promise<InstanceRecord> {
    const record = await this.find(id);
    if (!record || (appId !== undefined && record.appId !== appId)) throw new DatakeepError('not-found');
    return record;
  }

  async delete(id: string, appId: string): Promise<void> {
    await this.#deleteAll([await this.existing(id, appId)], { kind: 'app', id: appId });
  }

  async deleteOfApp(appId: string): Promise<void> {
    for (;;) {
      const found = await this.#records.find({ where: { appId, state: 'ready' }, limit: 200 });
      if (found.length === 0) return;
      await this.#deleteAll(found, { kind: 'keep', id: 'app-deleted' });
    }
  }

  /** Finishes what a crash or a failure left half made or half deleted. */
  async removeLeftovers(): Promise<void> {
    const leftBefore = this.#options.clock.now() - makingMs;
    const [going, making] = await Promise.all([
      this.#records.find({ where: { state: 'going' }, limit: 200 }),
      this.#records.find({ where: { state: 'making', createdAt: { lt: leftBefore } }, limit: 200 }),
    ]);
    for (const record of [...going, ...making]) await this.#remove(record);
  }

  /** All of them stop being visible in one commit, so a crash cannot leave some of an app's instances alive. One that went meanwhile is left out. */
  async #deleteAll(
    records: readonly InstanceRecord[],
    actor: { readonly kind: 'app' | 'keep'; readonly id: string },
  ): Promise<void> {
    let left = records;
    while (left.length > 0) {
      try {
        await this.#options.documents.commit(
          left.map(({ id }) => this.#records.update(id, { set: { state: 'going' } }, { state: 'ready' })),
        );
        break;
      } catch (error) {
        if (!(error instanceof DocumentConflict)) throw error;
        left = left.filter((_, place) => place !== error.write);
      }
    }
    if (left.length === 0 && actor.kind === 'app') throw new DatakeepError('not-found');
    for (const record of left) {
      this.#read.delete(record.id);
      await this.#remove(record);
      await this.#trail.record({
        action: 'view-instance.deleted',
        actor,
        subject: { kind: 'view-instance', id: record.id },
      });
    }
  }

  /** What cannot be removed now stays invisible, and the reconciler removes it. */
  async #undo(record: InstanceRecord): Promise<void> {
    try {
      await this.#remove(record);
    } catch (error) {
      this.#options.logger.error(
        'A half made view instance could not be removed yet',
        { viewInstanceId: record.id },
        error,
      );
    }
  }

  async #remove({ id, viewTemplateId }: InstanceRecord): Promise<void> {
    await this.#canceller.cancelOf(id);
    await this.#options.permissions.dropInstance(id);
    try {
      await this.#options.documents.commit([
        this.#records.delete(id),
        this.#templates.records.update(viewTemplateId, { inc: { instances: -1 } }),
      ]);
    } catch (error) {
      if (!(error instanceof DocumentConflict)) throw error;
    }
  }
}

function unknownTemplate(): DatakeepError {
  return DatakeepError.invalid([
    { pointer: '/viewTemplateId', code: 'unknown-view-template', detail: 'There is no view template of that id.' },
  ]);
}
