import type {
  NewViewTemplate,
  NewViewTemplateVersion,
  Paging,
  RecordPage,
  SourceFile,
  ViewTemplate,
  ViewTemplateVersion,
} from '@datakeep/contracts';
import { listPage, tookPlace, type Collection } from '@datakeep/documents';
import { DatakeepError, isId } from '@datakeep/kernel';
import type { BestEffortAudit } from '../records/best-effort-audit.ts';
import type { ViewManagerOptions } from '../records/options.ts';
import { templateRecords, type TemplateRecord, type VersionRecord } from '../records/template-records.ts';
import { checkTemplate, mergePermissions } from './template-input.ts';
import { firstVersion, type TemplateVersions } from './template-versions.ts';

type Options = Pick<ViewManagerOptions, 'documents' | 'runtimes' | 'profiles' | 'clock' | 'ids'>;

function show({
  instances: _instances,
  rollingOut: _rollingOut,
  createdAt,
  ...template
}: TemplateRecord): ViewTemplate {
  return { ...template, version: template.version ?? 1, createdAt: new Date(createdAt).toISOString() };
}

const pageLength = 1024 * 1024;
const lengthOf = ({ description = '', permissions }: TemplateRecord): number =>
  description.length + JSON.stringify(permissions).length;

/** View templates, registered by the admin. The execution service keeps the source; here are its id and digest. */
export class Templates {
  readonly records: Collection<TemplateRecord>;

  constructor(
    private readonly options: Options,
    private readonly versions: TemplateVersions,
    private readonly trail: BestEffortAudit,
  ) {
    this.records = options.documents.collection(templateRecords);
  }

  async create(template: NewViewTemplate, adminId: string): Promise<ViewTemplate> {
    const { documents, runtimes, profiles, clock, ids } = this.options;
    await checkTemplate(template, new Set(runtimes.keys()), profiles);
    const { sourceCodeId, digest } = await runtimes.get(template.runtime)!.upload(template.files);
    const record: TemplateRecord = {
      id: ids.next(),
      name: template.name,
      description: template.description,
      runtime: template.runtime,
      permissions: mergePermissions(template.permissions),
      limits: template.limits,
      sourceCodeId,
      sourceDigest: digest,
      createdAt: clock.now(),
      instances: 0,
      version: 1,
    };
    try {
      await documents.commit([
        this.records.insert(record),
        this.versions.records.insert(firstVersion(record, ids.next())),
      ]);
    } catch (error) {
      await this.versions.deleteSource(record);
      throw error;
    }
    await this.#audit('view-template.created', adminId, record.id, { ...describe(record), runtime: record.runtime });
    return show(record);
  }

  /** Nothing has been offered to the instances yet. */
  async createVersion(id: string, input: NewViewTemplateVersion, adminId: string): Promise<VersionRecord> {
    const record = await this.versions.add(id, input, () => this.#existing(id));
    await this.#audit('view-template.version-created', adminId, id, { ...describe(record), version: record.version });
    return record;
  }

  list(paging: Paging): Promise<RecordPage<ViewTemplate>> {
    return listPage(this.records, 'createdAt', {}, paging, show, { of: lengthOf, most: pageLength });
  }

  async get(id: string): Promise<ViewTemplate> {
    return show(await this.#existing(id));
  }

  async listVersions(id: string, paging: Paging): Promise<RecordPage<ViewTemplateVersion>> {
    await this.#existing(id);
    return this.versions.list(id, paging);
  }

  async getVersion(id: string, version: number): Promise<ViewTemplateVersion> {
    await this.#existing(id);
    return this.versions.show(await this.versions.existing(id, version));
  }

  async source(id: string, version?: number): Promise<readonly SourceFile[]> {
    const template = await this.#existing(id);
    const { runtime, sourceCodeId } = version === undefined ? template : await this.versions.existing(id, version);
    const service = this.options.runtimes.get(runtime);
    if (!service)
      throw new DatakeepError('execution-service-unreachable', `No execution service is configured for ${runtime}.`);
    const files = await service.read(sourceCodeId);
    if (!files)
      throw new DatakeepError('not-found', 'The execution service has no source code of this template any more.');
    return files;
  }

  async delete(id: string, adminId: string): Promise<void> {
    let record = await this.#existing(id);
    while (!(await this.#hasDeleted(record))) {
      record = await this.#existing(id);
      if (record.instances > 0) throw new DatakeepError('view-template-in-use');
    }
    await this.versions.removeOf(id);
    await this.#audit('view-template.deleted', adminId, id, { name: record.name });
  }

  /**
   * Deletes by compare-and-set: an instance that is made meanwhile has incremented the count, or finds no template. Its
   * newest version is superseded from then on.
   */
  async #hasDeleted({ id, version = 1 }: TemplateRecord): Promise<boolean> {
    const { documents, clock } = this.options;
    const newest = await this.versions.existing(id, version);
    const writes = [
      this.records.delete(id, { instances: 0, version }),
      this.versions.records.update(newest.id, { set: { supersededAt: clock.now() } }),
    ];
    return tookPlace(documents.commit(writes));
  }

  async find(id: string): Promise<TemplateRecord | undefined> {
    return isId(id) ? this.records.get(id) : undefined;
  }

  async #existing(id: string): Promise<TemplateRecord> {
    const record = await this.find(id);
    if (!record) throw new DatakeepError('not-found');
    return record;
  }

  #audit(
    action: string,
    adminId: string,
    id: string,
    details: Readonly<Record<string, string | number | readonly string[]>>,
  ): Promise<void> {
    const actor = { kind: 'admin' as const, id: adminId };
    return this.trail.record({ action, actor, subject: { kind: 'view-template', id }, details });
  }
}

function describe({ name, sourceDigest, permissions }: Pick<VersionRecord, 'name' | 'sourceDigest' | 'permissions'>): {
  readonly name: string;
  readonly sourceDigest: string;
  readonly profiles: readonly string[];
} {
  return { name, sourceDigest, profiles: permissions.map(({ profile }) => profile) };
}
