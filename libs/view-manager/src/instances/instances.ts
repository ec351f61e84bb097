import type { Deleter, Paging, Permission, RecordPage, ViewInstance } from '@datakeep/contracts';
import { listPage, tookPlace, type Collection, type Where } from '@datakeep/documents';
import { checkAppLimit, DatakeepError, isId } from '@datakeep/kernel';
import type { BestEffortAudit } from '../records/best-effort-audit.ts';
import { inputText } from './call-input.ts';
import { InstanceMoves } from './instance-moves.ts';
import { InstanceRemoval } from './instance-removal.ts';
import type { ViewManagerOptions } from '../records/options.ts';
import { instanceRecords, type InstanceRecord } from '../records/records.ts';
import type { RunCanceller } from '../attempts/run-canceller.ts';
import type { RunRecords } from '../records/run-records.ts';
import { versionOf, type TemplateRecord } from '../records/template-records.ts';
import type { TemplateVersions } from '../templates/template-versions.ts';
import type { Templates } from '../templates/templates.ts';

type Options = Pick<ViewManagerOptions, 'documents' | 'permissions' | 'clock' | 'ids' | 'logger' | 'appLimits'>;

/** Runs of a deleted app that are removed at once. */
const runsInStep = 500;
/** Configurations on one page, in characters: they are parsed in one turn. */
const pageLength = 1024 * 1024;

function show(record: InstanceRecord): ViewInstance {
  const { id, appId, viewTemplateId, nextVersion, configuration, createdAt } = record;
  return {
    id,
    appId,
    viewTemplateId,
    templateVersion: versionOf(record),
    nextTemplateVersion: nextVersion,
    configuration: JSON.parse(configuration) as unknown,
    createdAt: new Date(createdAt).toISOString(),
  };
}

/**
 * View instances. Two services keep an instance and its permissions, so making and deleting one are steps that each
 * leave it invisible until the last one; `removeLeftovers` removes what a crash leaves between them.
 */
export class Instances {
  readonly #removal: InstanceRemoval;
  readonly moves: InstanceMoves;
  readonly #records: Collection<InstanceRecord>;

  constructor(
    private readonly options: Options,
    private readonly templates: Templates,
    versions: TemplateVersions,
    private readonly runs: RunRecords,
    canceller: RunCanceller,
    private readonly trail: BestEffortAudit,
  ) {
    this.#records = options.documents.collection(instanceRecords);
    const records = { instances: this.#records, templates: templates.records };
    this.#removal = new InstanceRemoval({ ...options, ...records, runs, canceller, trail });
    this.moves = new InstanceMoves({ ...options, ...records, versions, trail });
  }

  async create(
    appId: string,
    viewTemplateId: string,
    configuration: unknown,
  ): Promise<{ instance: ViewInstance; permissions: readonly Permission[] }> {
    const { documents } = this.options;
    const text = inputText('configuration', configuration);
    const limits = await this.options.appLimits.of(appId);
    checkAppLimit(limits, 'viewInstances', await this.countOfApp(appId));
    const { record, template } = await this.#make(appId, viewTemplateId, text);
    try {
      // Others that were made at the same time count as well: then none of them may stay.
      checkAppLimit(limits, 'viewInstances', await this.countOfApp(appId), 0);
      const message = `The view "${template.name}" (template ${template.id}) needs this to run.`;
      const permissions =
        template.permissions.length === 0
          ? []
          : await this.options.permissions.requestForInstance(appId, record.id, template.permissions, message);
      await documents.commit([this.#records.update(record.id, { set: { state: 'ready' } }, { state: 'making' })]);
      await this.trail.record({
        action: 'view-instance.created',
        actor: { kind: 'app', id: appId },
        subject: { kind: 'view-instance', id: record.id },
        details: { viewTemplateId },
      });
      return { instance: show(record), permissions };
    } catch (error) {
      await this.#removal.undo(record);
      throw error;
    }
  }

  /** Stores it on the newest version, as `making`. */
  async #make(
    appId: string,
    viewTemplateId: string,
    configuration: string,
  ): Promise<{ readonly record: InstanceRecord; readonly template: TemplateRecord }> {
    const { documents, clock, ids } = this.options;
    for (;;) {
      const template = await this.templates.find(viewTemplateId);
      if (!template) throw unknownTemplate();
      const { id, version = 1 } = template;
      const record: InstanceRecord = {
        id: ids.next(),
        appId,
        viewTemplateId,
        configuration,
        state: 'making',
        createdAt: clock.now(),
        templateVersion: version,
      };
      // Only while it is the newest: no instance is made on a superseded version.
      const counted = this.templates.records.update(id, { inc: { instances: 1 } }, { version });
      if (await tookPlace(documents.commit([counted, this.#records.insert(record)]))) return { record, template };
    }
  }

  /** Instances of the app, those that are being made included. */
  countOfApp(appId: string): Promise<number> {
    return this.#records.count({ appId, state: { in: ['making', 'ready'] } });
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
    return listPage(this.#records, 'createdAt', where, paging, show, {
      of: ({ configuration }) => configuration.length,
      most: pageLength,
    });
  }

  async get(id: string, appId?: string): Promise<ViewInstance> {
    return show(await this.existing(id, appId));
  }

  /** The record of an instance that can be used, or undefined. */
  async find(id: string): Promise<InstanceRecord | undefined> {
    const record = isId(id) ? await this.#records.get(id) : undefined;
    return record?.state === 'ready' ? record : undefined;
  }

  /** The instance as a run finds it: moved, if what it waited for has been approved. */
  async forRun(id: string, appId: string): Promise<InstanceRecord> {
    return this.moves.settled(await this.existing(id, appId));
  }

  async existing(id: string, appId?: string): Promise<InstanceRecord> {
    const record = await this.find(id);
    if (!record || (appId !== undefined && record.appId !== appId)) throw new DatakeepError('not-found');
    return record;
  }

  async delete(id: string, by: Deleter): Promise<void> {
    const record = await this.existing(id, by.kind === 'app' ? by.id : undefined);
    if ((await this.#removal.delete([record], by)) === 0) throw new DatakeepError('not-found');
  }

  /** A step: instances first, then runs, also those whose instances went before. Returns whether none is left. */
  async deleteOfApp(appId: string): Promise<boolean> {
    const found = await this.#records.find({ where: { appId, state: 'ready' }, limit: 200 });
    if (found.length === 0) return this.runs.removeEnded({ appId }, runsInStep);
    await this.#removal.delete(found, { kind: 'keep', id: 'app-deleted' }, 0);
    return false;
  }

  removeLeftovers(): Promise<void> {
    return this.#removal.finish();
  }
}

function unknownTemplate(): DatakeepError {
  return DatakeepError.invalidAt('/viewTemplateId', 'unknown-view-template', 'There is no view template of that id.');
}
