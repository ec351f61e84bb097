import type { AuditEntry, NeededPermission, Permission, InstancePermissions, Right } from '@datakeep/contracts';
import { everyOf, tookPlace, type Collection, type DocumentStore } from '@datakeep/documents';
import { DatakeepError, type Logger } from '@datakeep/kernel';
import type { BestEffortAudit } from '../records/best-effort-audit.ts';
import type { InstanceRecord } from '../records/records.ts';
import { versionOf, type TemplateRecord } from '../records/template-records.ts';
import type { TemplateVersions } from '../templates/template-versions.ts';

export interface InstanceMovesOptions {
  readonly documents: DocumentStore;
  readonly permissions: InstancePermissions;
  readonly logger: Logger;
  readonly instances: Collection<InstanceRecord>;
  readonly templates: Collection<TemplateRecord>;
  readonly versions: TemplateVersions;
  readonly trail: BestEffortAudit;
}

/** Instances that are read at once. */
const step = 100;
const keep: AuditEntry['actor'] = { kind: 'keep', id: 'view-manager' };

/**
 * Moves view instances to the newest version of their template. Contract: an instance moves only to a version whose
 * rights beyond those of its present version are all approved, by compare-and-set on both its own record and the
 * template's, so it never ends on a version that has just been superseded.
 */
export class InstanceMoves {
  constructor(private readonly options: InstanceMovesOptions) {}

  /**
   * Offers the newest version to every instance of the template that is not on it: the instance moves, or requests the
   * rights that it lacks. `finish` repeats what failed or a crash interrupted.
   */
  async rollOut(viewTemplateId: string, actor: AuditEntry['actor'] = keep): Promise<void> {
    const { documents, instances, templates, logger } = this.options;
    const template = await templates.get(viewTemplateId);
    if (template?.rollingOut !== true) return;
    let isWhole = true;
    let refusal: DatakeepError | undefined;
    const sort = { field: 'createdAt', direction: 'ascending' } as const;
    for await (const record of everyOf(instances, { where: { viewTemplateId }, sort }, step)) {
      if (versionOf(record) === template.version) continue;
      // It has been counted in, and is ready in a moment.
      if (record.state === 'making') isWhole = false;
      if (record.state !== 'ready') continue;
      try {
        if (!(await this.#offer(record, template, actor))) isWhole = false;
      } catch (error) {
        // Of this instance alone, e.g. since its app is being deleted: the others are not held up.
        refusal = DatakeepError.from(error);
        if (!refusal || refusal.status >= 500) throw error;
      }
    }
    if (refusal)
      logger.warn('A version could not be offered to an instance yet', { viewTemplateId, code: refusal.code });
    if (!isWhole || refusal) return;
    const { version = null } = template;
    // Else a newer version exists; the process that made it offers it.
    await tookPlace(documents.commit([templates.update(viewTemplateId, { unset: ['rollingOut'] }, { version })]));
  }

  async finish(): Promise<void> {
    const left = await this.options.templates.find({ where: { rollingOut: true }, limit: step });
    for (const { id } of left) await this.rollOut(id);
  }

  /**
   * The instance in its present state: on the newest version, if that waited for rights which are all approved by now.
   */
  async settled(record: InstanceRecord): Promise<InstanceRecord> {
    if (record.nextVersion === undefined) return record;
    const template = await this.options.templates.get(record.viewTemplateId);
    if (!template) return record;
    const held = await this.options.permissions.ofInstance(record.id);
    const more = await this.#moreRights(record, template);
    if (!more?.every((each) => isApproved(held, each))) return record;
    const moved = await this.#move(record, template, keep);
    if (moved) return moved;
    const present = await this.options.instances.get(record.id);
    return present?.state === 'ready' ? this.settled(present) : record;
  }

  /** False: the instance or the template has changed meanwhile. */
  async #offer(record: InstanceRecord, template: TemplateRecord, actor: AuditEntry['actor']): Promise<boolean> {
    const { documents, instances, permissions } = this.options;
    const more = await this.#moreRights(record, template);
    if (!more) return true;
    const held = more.length === 0 ? [] : await permissions.ofInstance(record.id);
    if (more.every((each) => isApproved(held, each))) return (await this.#move(record, template, actor)) !== undefined;
    // First: if the process ends before the request, a waiting instance must not count as one that needs no rights.
    if (record.nextVersion !== template.version) {
      const waits = instances.update(record.id, { set: { nextVersion: template.version ?? 1 } }, asFound(record));
      if (!(await tookPlace(documents.commit([waits])))) return false;
    }
    const missing = neededOf(more.filter((each) => !isAskedFor(held, each)));
    const { version, name, id } = template;
    const message = `Version ${version} of the view "${name}" (template ${id}) needs this to run.`;
    if (missing.length > 0) await permissions.requestForInstance(record.appId, record.id, missing, message);
    return true;
  }

  /** What the newest version needs beyond the instance's own; undefined: that one is gone. */
  async #moreRights(
    { viewTemplateId, templateVersion = 1 }: InstanceRecord,
    template: TemplateRecord,
  ): Promise<readonly NeededRight[] | undefined> {
    const present = await this.options.versions.find(viewTemplateId, templateVersion);
    if (!present) return undefined;
    const known = new Set(rightsIn(present.permissions).map(keyOf));
    return rightsIn(template.permissions).filter((each) => !known.has(keyOf(each)));
  }

  /** Undefined: the instance or the template has changed meanwhile. */
  async #move(
    record: InstanceRecord,
    { id, version = 1 }: TemplateRecord,
    actor: AuditEntry['actor'],
  ): Promise<InstanceRecord | undefined> {
    const { documents, instances, templates, trail } = this.options;
    const { nextVersion: _none, ...moved } = { ...record, templateVersion: version };
    const writes = [
      instances.update(record.id, { set: { templateVersion: version }, unset: ['nextVersion'] }, asFound(record)),
      templates.update(id, { set: { version } }, { version }),
    ];
    if (!(await tookPlace(documents.commit(writes)))) return undefined;
    await trail.record({
      action: 'view-instance.moved',
      actor,
      subject: { kind: 'view-instance', id: record.id },
      details: { viewTemplateId: id, from: versionOf(record), to: version },
    });
    return moved;
  }
}

interface NeededRight {
  readonly profile: string;
  readonly right: Right;
}

function asFound({ templateVersion, nextVersion }: InstanceRecord): {
  state: string;
  templateVersion: number | null;
  nextVersion: number | null;
} {
  return { state: 'ready', templateVersion: templateVersion ?? null, nextVersion: nextVersion ?? null };
}

function rightsIn(needed: readonly NeededPermission[]): NeededRight[] {
  return needed.flatMap(({ profile, rights }) => rights.map((right) => ({ profile, right })));
}

function neededOf(rights: readonly NeededRight[]): NeededPermission[] {
  const byProfile = Map.groupBy(rights, ({ profile }) => profile);
  return [...byProfile].map(([profile, each]) => ({ profile, rights: each.map(({ right }) => right) }));
}

function keyOf({ profile, right }: NeededRight): string {
  return `${right} ${profile}`;
}

function isAskedFor(held: readonly Permission[], { profile, right }: NeededRight): boolean {
  return held.some((permission) => permission.profile === profile && permission.requested.includes(right));
}

/** An approval in part is an approval, as for a run. */
function isApproved(held: readonly Permission[], needed: NeededRight): boolean {
  return isAskedFor(
    held.filter(({ status }) => status === 'approved'),
    needed,
  );
}
