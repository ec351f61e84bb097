import { DatakeepError } from '@datakeep/kernel';
import type { Run } from '@datakeep/contracts';
import type { DocumentStore, Durability } from '@datakeep/documents';
import { inputText } from './call-input.ts';
import type { Instances } from './instances.ts';
import { jobIdOf } from './job-ids.ts';
import type { ViewManagerOptions } from './options.ts';
import { type Line, queueUnreachable, type QueueRoom } from './queue-room.ts';
import type { InstanceRecord, RunRecord } from './records.ts';
import { showRun, type RunRecords } from './run-records.ts';
import { versionOf, type VersionRecord } from './template-records.ts';
import type { TemplateVersions } from './template-versions.ts';
import { missingProfiles } from './view-consent.ts';

type Options = Pick<ViewManagerOptions, 'queue' | 'consent' | 'clock' | 'ids'> & {
  readonly documents: Pick<DocumentStore, 'keepsOrder'>;
};

/** Thrown where the instance is on another version than the one that a run was about to be made for. */
const moved = new Error('The instance has moved to another version.');

/** Makes runs: the record first, then the job. Where the store keeps order, asking for the one before the other is enough: whatever an attempt stores comes after the record, or meets its failure. */
export class RunStarter {
  readonly #options: Options;
  readonly #versions: TemplateVersions;
  readonly #instances: Instances;
  readonly #runs: RunRecords;
  readonly #room: QueueRoom;

  constructor(options: Options, versions: TemplateVersions, instances: Instances, runs: RunRecords, room: QueueRoom) {
    this.#options = options;
    this.#versions = versions;
    this.#instances = instances;
    this.#runs = runs;
    this.#room = room;
  }

  async start(appId: string, viewInstanceId: string, clientCustomData: unknown, durability: Durability): Promise<Run> {
    const text = inputText('clientCustomData', clientCustomData);
    // Asked at the same time; what came of it counts only for an instance that is there and may run.
    const counting = this.#room.lineOf(appId, () => this.#runs.unfinishedOfApp(appId));
    const looking = this.#instances.forRun(viewInstanceId, appId);
    for (const asked of [counting, looking]) asked.catch(() => undefined);
    const make = (instance: InstanceRecord): Promise<Run> => this.#make(instance, looking, counting, text, durability);
    const known = this.#instances.known(viewInstanceId, appId);
    try {
      return await make(known ?? (await looking));
    } catch (error) {
      if (error !== moved) throw error;
      return make(await looking);
    }
  }

  async #make(
    instance: InstanceRecord,
    looking: Promise<InstanceRecord>,
    counting: Promise<Line>,
    text: string,
    durability: Durability,
  ): Promise<Run> {
    const { ids, clock } = this.#options;
    const version = await this.#runnable(instance, looking);
    return this.#room.enter(await counting, (behind) =>
      this.#queue(
        {
          id: ids.next(),
          appId: instance.appId,
          viewInstanceId: instance.id,
          viewTemplateId: version.viewTemplateId,
          templateVersion: version.version,
          sourceDigest: version.sourceDigest,
          state: 'queued',
          attempts: 0,
          createdAt: clock.now(),
          unfinishedOf: instance.appId,
        },
        text,
        durability,
        looking,
        behind,
      ),
    );
  }

  /** The version that an instance which may run now is on. One that has gone, as `looking` tells, is not found whatever else is wrong with it. Throws `moved`. */
  async #runnable(instance: InstanceRecord, looking: Promise<InstanceRecord>): Promise<VersionRecord> {
    const version = await this.#versions.find(instance.viewTemplateId, versionOf(instance));
    const missing = version ? await missingProfiles(this.#options.consent, instance.id, version) : [];
    if (version && missing.length === 0) return version;
    this.#checkStays(instance, await looking);
    if (!version) throw new DatakeepError('not-found');
    throw new DatakeepError(
      'view-not-permitted',
      `No approved permission of this view instance on: ${missing.join(', ')}.`,
    );
  }

  #checkStays(asked: { readonly templateVersion?: number }, found: InstanceRecord): void {
    if (versionOf(asked) !== versionOf(found)) throw moved;
  }

  /** Stores the run while its instance is still looked for; where that has gone or has moved, the run is taken back before anybody could begin it. */
  async #insert(
    fields: Omit<RunRecord, 'clientCustomData'>,
    clientCustomData: string,
    durability: Durability,
    looking: Promise<InstanceRecord>,
  ): Promise<RunRecord> {
    const [inserted, found] = await Promise.allSettled([
      this.#runs.insert(fields, clientCustomData, durability),
      looking,
    ]);
    const isRight = found.status === 'fulfilled' && versionOf(found.value) === versionOf(fields);
    if (inserted.status === 'fulfilled' && isRight) return inserted.value;
    if (inserted.status === 'fulfilled') await this.#runs.remove(inserted.value);
    if (found.status === 'fulfilled' && !isRight) throw moved;
    throw found.status === 'rejected' ? found.reason : (inserted as PromiseRejectedResult).reason;
  }

  async #queue(
    fields: Omit<RunRecord, 'clientCustomData'>,
    clientCustomData: string,
    durability: Durability,
    looking: Promise<InstanceRecord>,
    behind: number,
  ): Promise<Run> {
    const { documents, queue } = this.#options;
    // Where somebody may begin the run before it is stored, its instance has to be there first; such a store answers at once.
    if (documents.keepsOrder) this.#checkStays(fields, await looking);
    const inserting = this.#insert(fields, clientCustomData, durability, looking);
    if (!documents.keepsOrder) await inserting;
    const adding = queue.add(jobIdOf(fields.id), behind);
    adding.catch(() => undefined);
    // Its error is looked at below. A job whose run could not be stored finds nothing to begin.
    const record = await inserting;
    try {
      await adding;
      return showRun(record);
    } catch (error) {
      const failed = await this.#runs.end(record, {
        state: 'failed',
        error: { code: 'run-queue-unreachable', message: 'The run queue was out of reach; the run was never started.' },
      });
      if (failed) throw queueUnreachable(error);
      // Somebody took it up nevertheless: the queue had it, only its answer was lost.
      return showRun(await this.#runs.existing(record.id));
    }
  }
}
