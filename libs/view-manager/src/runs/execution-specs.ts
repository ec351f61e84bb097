import type { DryRunScope, NeededPermission, TemplateLimits } from '@datakeep/contracts';
import type { Collection, DocumentStore } from '@datakeep/documents';
import type { Instances } from '../instances/instances.ts';
import { dryRunRecords, type DryRunRecord, type RunRecord } from '../records/records.ts';
import { versionOf } from '../records/template-records.ts';
import type { TemplateVersions } from '../templates/template-versions.ts';

/** What a run executes, and with what. */
export interface ExecutionSpec {
  readonly runtime: string;
  readonly sourceCodeId: string;
  readonly permissions: readonly NeededPermission[];
  readonly limits?: TemplateLimits | undefined;
  /** JSON text. */
  readonly configuration: string;
  /** Only of a dry run. */
  readonly dry?: DryRunScope;
}

/**
 * Finds what a run executes: the version of its template that it was made for, or, of a dry run, the source that came
 * with it.
 */
export class ExecutionSpecs {
  readonly #dryRuns: Collection<DryRunRecord>;

  constructor(
    documents: DocumentStore,
    private readonly instances: Instances,
    private readonly versions: TemplateVersions,
  ) {
    this.#dryRuns = documents.collection(dryRunRecords);
  }

  /** Undefined when it is gone. */
  async of(
    run: Pick<RunRecord, 'id' | 'viewInstanceId' | 'viewTemplateId' | 'templateVersion' | 'dry'>,
  ): Promise<ExecutionSpec | undefined> {
    if (run.dry === true) return this.#ofDryRun(run.id);
    const instance = await this.instances.find(run.viewInstanceId);
    const version = instance && (await this.versions.find(run.viewTemplateId, versionOf(run)));
    return version && { ...version, configuration: instance.configuration };
  }

  async #ofDryRun(id: string): Promise<ExecutionSpec | undefined> {
    const record = await this.#dryRuns.get(id);
    if (!record) return undefined;
    const { source, permissions } = record;
    const profiles = permissions.filter(({ rights }) => rights.includes('read')).map(({ profile }) => profile);
    return { ...record, dry: { profiles, ...(source === undefined ? {} : { source }) } };
  }
}
