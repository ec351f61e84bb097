import type {
  NewViewTemplate,
  NewViewTemplateVersion,
  Paging,
  RecordPage,
  ViewTemplateVersion,
} from '@datakeep/contracts';
import { everyOf, listPage, tookPlace, DocumentConflict, type Collection } from '@datakeep/documents';
import { DatakeepError, lruMap } from '@datakeep/kernel';
import type { ViewManagerOptions } from '../records/options.ts';
import { instanceRecords, type InstanceRecord } from '../records/records.ts';
import type { RunRecords } from '../records/run-records.ts';
import {
  templateRecords,
  versionOf,
  versionRecords,
  type TemplateRecord,
  type VersionRecord,
} from '../records/template-records.ts';
import { checkTemplate, mergePermissions } from './template-input.ts';

type Options = Pick<ViewManagerOptions, 'documents' | 'runtimes' | 'profiles' | 'clock' | 'ids' | 'logger'>;

/** Versions kept in memory. */
const maxKnown = 1000;
/** Admins that make a version at the same time. */
const maxTries = 20;
/**
 * How long a superseded version must be without use before it is removed: longer than storing a run takes after its
 * instance was read on that version.
 */
const unusedMs = 60_000;
const step = 200;

/** The first version of a template that has no other. */
export function firstVersion(template: TemplateRecord, id: string): VersionRecord {
  const { id: viewTemplateId, instances: _instances, rollingOut: _rollingOut, ...first } = template;
  return { ...first, id, viewTemplateId, version: 1 };
}

/** What is left out stays as it is. */
function merged(present: TemplateRecord, input: NewViewTemplateVersion): NewViewTemplate {
  return {
    name: input.name ?? present.name,
    description: input.description ?? present.description,
    runtime: present.runtime,
    permissions: mergePermissions(input.permissions ?? present.permissions),
    limits: input.limits ?? present.limits,
    files: input.files,
  };
}

/** The versions of view templates. The execution service keeps the source of each under a separate id. */
export class TemplateVersions {
  readonly records: Collection<VersionRecord>;
  readonly #templates: Collection<TemplateRecord>;
  readonly #instances: Collection<InstanceRecord>;
  readonly #known = lruMap<VersionRecord>(maxKnown);

  constructor(private readonly options: Options) {
    this.records = options.documents.collection(versionRecords);
    this.#templates = options.documents.collection(templateRecords);
    this.#instances = options.documents.collection(instanceRecords);
  }

  /** Gives templates from before there were versions their first. */
  async adoptOld(): Promise<void> {
    for (;;) {
      const old = await this.#templates.find({ where: { version: null }, limit: step });
      for (const template of old) {
        const first = firstVersion(template, this.options.ids.next());
        const writes = [
          this.#templates.update(template.id, { set: { version: 1 } }, { version: null }),
          this.records.insert(first),
        ];
        // Else another process was first, or it is gone.
        await tookPlace(this.options.documents.commit(writes));
      }
      if (old.length < step) return;
    }
  }

  /** The content of a version never changes, so it is cached, also after its removal: no instance is on it then. */
  async find(viewTemplateId: string, version: number): Promise<VersionRecord | undefined> {
    const key = `${viewTemplateId} ${version}`;
    const known = this.#known.get(key);
    if (known) return known;
    const record = await this.records.findOne({ viewTemplateId, version });
    if (record) this.#known.set(key, record);
    return record;
  }

  /** As it is stored now. Throws `not-found`. */
  async existing(viewTemplateId: string, version: number): Promise<VersionRecord> {
    const record = await this.records.findOne({ viewTemplateId, version });
    if (!record) throw new DatakeepError('not-found');
    return record;
  }

  async list(viewTemplateId: string, paging: Paging): Promise<RecordPage<ViewTemplateVersion>> {
    const page = await listPage(this.records, 'createdAt', { viewTemplateId }, paging, (record) => record);
    return { ...page, items: await Promise.all(page.items.map((record) => this.show(record))) };
  }

  async show(record: VersionRecord): Promise<ViewTemplateVersion> {
    const { id: _id, createdAt, supersededAt, unusedSince, ...version } = record;
    return {
      ...version,
      createdAt: new Date(createdAt).toISOString(),
      state: supersededAt === undefined ? 'newest' : unusedSince === undefined ? 'in-use' : 'unused',
      instances: await this.#instancesOn(record),
    };
  }

  /**
   * Stores the next version of the template, which `find` reads again at each retry. Throws `invalid`, or what the
   * execution service throws; then nothing has changed.
   */
  async add(
    viewTemplateId: string,
    input: NewViewTemplateVersion,
    find: () => Promise<TemplateRecord>,
  ): Promise<VersionRecord> {
    const { runtimes, profiles } = this.options;
    const template = await find();
    const { runtime } = template;
    if (input.runtime !== undefined && input.runtime !== runtime)
      throw DatakeepError.invalidAt('/runtime', 'enum', `Each version runs in the template's own runtime, ${runtime}.`);
    await checkTemplate(
      { ...merged(template, input), ...(input.permissions ? { permissions: input.permissions } : {}) },
      new Set(runtimes.keys()),
      profiles,
      input,
    );
    const { sourceCodeId, digest } = await runtimes.get(runtime)!.upload(input.files);
    try {
      for (let tries = 1; ; tries += 1) {
        const present = await find();
        const { files: _files, ...next } = merged(present, input);
        const source = { sourceCodeId, sourceDigest: digest };
        const stored = await this.#supersede(present, { ...next, ...source }, tries < maxTries);
        if (stored) return stored;
      }
    } catch (error) {
      await this.deleteSource({ runtime, sourceCodeId });
      throw error;
    }
  }

  /** Undefined: the template has changed meanwhile. */
  async #supersede(
    template: TemplateRecord,
    next: Omit<VersionRecord, 'id' | 'viewTemplateId' | 'version' | 'createdAt'>,
    mayTryAgain: boolean,
  ): Promise<VersionRecord | undefined> {
    const { documents, clock, ids } = this.options;
    const { id: viewTemplateId, version = 1 } = template;
    const now = clock.now();
    const record: VersionRecord = {
      ...next,
      id: ids.next(),
      viewTemplateId,
      version: version + 1,
      createdAt: now,
    };
    try {
      const former = await this.existing(viewTemplateId, version);
      await documents.commit([
        this.#templates.update(
          viewTemplateId,
          { set: { ...next, version: version + 1, rollingOut: true } },
          { version },
        ),
        this.records.update(former.id, { set: { supersededAt: now } }),
        this.records.insert(record),
      ]);
      return record;
    } catch (error) {
      if (mayTryAgain && (error instanceof DocumentConflict || DatakeepError.from(error)?.code === 'not-found'))
        return undefined;
      throw error;
    }
  }

  /** Removes every version of a template that is gone. What cannot be removed now is swept. */
  async removeOf(viewTemplateId: string): Promise<void> {
    try {
      for (const record of await this.records.find({ where: { viewTemplateId }, limit: step }))
        await this.#remove(record);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.options.logger.warn('Source code that no template uses could not be deleted yet', {
        viewTemplateId,
        reason,
      });
    }
  }

  /** Removes the former versions, with their sources, that no instance and no unfinished run was on for a minute. */
  async sweep(runs: Pick<RunRecords, 'inState'>): Promise<void> {
    let ofRuns: Set<string> | undefined;
    const sort = { field: 'supersededAt', direction: 'ascending' } as const;
    for await (const record of everyOf(this.records, { where: { supersededAt: { gte: 0 } }, sort })) {
      const hasInstances = (await this.#instancesOn(record)) > 0;
      if (!hasInstances) ofRuns ??= await versionsOfRuns(runs);
      await this.#judge(record, hasInstances || ofRuns?.has(keyOf(record.viewTemplateId, record.version)) === true);
    }
  }

  async #judge(record: VersionRecord, isUsed: boolean): Promise<void> {
    const { id, unusedSince } = record;
    const now = this.options.clock.now();
    if (!isUsed && unusedSince !== undefined && now - unusedSince >= unusedMs) return this.#remove(record);
    if (isUsed === (unusedSince === undefined)) return;
    const change = isUsed ? { unset: ['unusedSince'] as const } : { set: { unusedSince: now } };
    const update = this.records.update(id, change, { unusedSince: unusedSince ?? null });
    // Else another process was first.
    await tookPlace(this.options.documents.commit([update]));
  }

  /** The source first: a record is what it is found by. */
  async #remove(record: VersionRecord): Promise<void> {
    await this.options.runtimes.get(record.runtime)?.delete(record.sourceCodeId);
    await tookPlace(this.options.documents.commit([this.records.delete(record.id)]));
  }

  /** Source that nothing names is garbage, not danger: failing to remove it is logged and fails nothing else. */
  async deleteSource({ runtime, sourceCodeId }: Pick<VersionRecord, 'runtime' | 'sourceCodeId'>): Promise<void> {
    try {
      await this.options.runtimes.get(runtime)?.delete(sourceCodeId);
    } catch (error) {
      this.options.logger.warn('Source code that no template uses could not be deleted', {
        runtime,
        sourceCodeId,
        reason: error instanceof Error ? error.message : 'unknown',
      });
    }
  }

  async #instancesOn({ viewTemplateId, version }: VersionRecord): Promise<number> {
    const here = { viewTemplateId, state: { in: ['making', 'ready'] } };
    const [recorded, unrecorded] = await Promise.all([
      this.#instances.count({ ...here, templateVersion: version }),
      version === 1 ? this.#instances.count({ ...here, templateVersion: null }) : 0,
    ]);
    return recorded + unrecorded;
  }
}

function keyOf(viewTemplateId: string, version: number): string {
  return `${viewTemplateId} ${version}`;
}

async function versionsOfRuns(runs: Pick<RunRecords, 'inState'>): Promise<Set<string>> {
  const found = new Set<string>();
  for (const state of ['queued', 'running'] as const)
    for await (const record of runs.inState(state)) found.add(keyOf(record.viewTemplateId, versionOf(record)));
  return found;
}
