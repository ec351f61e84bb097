import type { NewViewTemplate, Paging, RecordPage, SourceFile, ViewTemplate } from '@datakeep/contracts';
import { DocumentConflict, type Collection } from '@datakeep/documents';
import { DatakeepError, isId, lruMap } from '@datakeep/kernel';
import type { AuditTrail } from './audit-trail.ts';
import type { ViewManagerOptions } from './options.ts';
import { newestFirst } from './pages.ts';
import { templateRecords, type InstanceRecord, type TemplateRecord } from './records.ts';
import { checkTemplate, mergePermissions } from './template-input.ts';

type Options = Pick<ViewManagerOptions, 'documents' | 'runtimes' | 'profiles' | 'clock' | 'ids' | 'logger'>;

/** Templates kept in memory. */
const maxKnown = 1000;

function show({ instances: _instances, createdAt, ...template }: TemplateRecord): ViewTemplate {
  return { ...template, createdAt: new Date(createdAt).toISOString() };
}

/** View templates: what the admin registered. The source lies with the execution service; here are its id and digest. */
export class Templates {
  readonly #options: Options;
  readonly #trail: AuditTrail;
  readonly records: Collection<TemplateRecord>;
  readonly #known = lruMap<TemplateRecord>(maxKnown);

  constructor(options: Options, trail: AuditTrail) {
    this.#options = options;
    this.#trail = trail;
    this.records = options.documents.collection(templateRecords);
  }

  async create(template: NewViewTemplate, adminId: string): Promise<ViewTemplate> {
    const { documents, runtimes, profiles, clock, ids } = this.#options;
    await checkTemplate(template, new Set(runtimes.keys()), profiles);
    const { sourceCodeId, digest } = await runtimes.get(template.runtime)!.upload(template.files);
    const record: TemplateRecord = {
      id: ids.next(),
      name: template.name,
      ...(template.description === undefined ? {} : { description: template.description }),
      runtime: template.runtime,
      permissions: mergePermissions(template.permissions),
      ...(template.limits === undefined ? {} : { limits: template.limits }),
      sourceCodeId,
      sourceDigest: digest,
      createdAt: clock.now(),
      instances: 0,
    };
    try {
      await documents.commit([this.records.insert(record)]);
    } catch (error) {
      await this.#deleteSource(record);
      throw error;
    }
    await this.#trail.record({
      action: 'view-template.created',
      actor: { kind: 'admin', id: adminId },
      subject: { kind: 'view-template', id: record.id },
      details: {
        name: record.name,
        runtime: record.runtime,
        sourceDigest: digest,
        profiles: record.permissions.map(({ profile }) => profile),
      },
    });
    return show(record);
  }

  list(paging: Paging): Promise<RecordPage<ViewTemplate>> {
    return newestFirst(this.records, {}, paging, show);
  }

  async get(id: string): Promise<ViewTemplate> {
    return show(await this.#existing(id));
  }

  async source(id: string): Promise<readonly SourceFile[]> {
    const { runtime, sourceCodeId } = await this.#existing(id);
    const service = this.#options.runtimes.get(runtime);
    if (!service)
      throw new DatakeepError('execution-service-unreachable', `No execution service is configured for ${runtime}.`);
    const files = await service.read(sourceCodeId);
    if (!files)
      throw new DatakeepError('not-found', 'The execution service has no source code of this template any more.');
    return files;
  }

  async delete(id: string, adminId: string): Promise<void> {
    const record = await this.#existing(id);
    try {
      // Compared in the same atomic step: an instance that is made meanwhile has counted itself in, or finds no template.
      await this.#options.documents.commit([this.records.delete(id, { instances: 0 })]);
    } catch (error) {
      if (!(error instanceof DocumentConflict)) throw error;
      await this.#existing(id);
      throw new DatakeepError('view-template-in-use');
    }
    await this.#deleteSource(record);
    await this.#trail.record({
      action: 'view-template.deleted',
      actor: { kind: 'admin', id: adminId },
      subject: { kind: 'view-template', id },
      details: { name: record.name },
    });
  }

  async find(id: string): Promise<TemplateRecord | undefined> {
    return isId(id) ? this.records.get(id) : undefined;
  }

  /**
   * The template of an instance that is there. What a template says never changes, and none is deleted while it has instances, so it is kept in memory; only the
   * number of its instances is not to be read from this.
   */
  async ofInstance({ viewTemplateId }: InstanceRecord): Promise<TemplateRecord | undefined> {
    const known = this.#known.get(viewTemplateId);
    if (known) return known;
    const record = await this.find(viewTemplateId);
    if (record) this.#known.set(viewTemplateId, record);
    return record;
  }

  async #existing(id: string): Promise<TemplateRecord> {
    const record = await this.find(id);
    if (!record) throw new DatakeepError('not-found');
    return record;
  }

  /** Source that no template names is garbage, not danger: failing to remove it is logged and fails nothing else. */
  async #deleteSource({ runtime, sourceCodeId }: TemplateRecord): Promise<void> {
    try {
      await this.#options.runtimes.get(runtime)?.delete(sourceCodeId);
    } catch (error) {
      this.#options.logger.warn('Source code that no template uses could not be deleted', {
        runtime,
        sourceCodeId,
        reason: error instanceof Error ? error.message : 'unknown',
      });
    }
  }
}
