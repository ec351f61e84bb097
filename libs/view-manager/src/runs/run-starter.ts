import { DatakeepError } from '@datakeep/kernel';
import type { Run } from '@datakeep/contracts';
import { inputText } from '../instances/call-input.ts';
import type { Instances } from '../instances/instances.ts';
import { jobIdOf } from '../attempts/job-ids.ts';
import type { ViewManagerOptions } from '../records/options.ts';
import type { QueueCapacity } from './queue-capacity.ts';
import type { RunsPerDay } from './runs-per-day.ts';
import type { InstanceRecord, RunRecord } from '../records/records.ts';
import { type RunRecords } from '../records/run-records.ts';
import { showRun } from '../records/shown-runs.ts';
import { versionOf, type VersionRecord } from '../records/template-records.ts';
import type { TemplateVersions } from '../templates/template-versions.ts';
import { missingProfiles } from '../instances/view-consent.ts';

type Options = Pick<ViewManagerOptions, 'queue' | 'consent' | 'clock' | 'ids'>;

/** Makes runs: consent, room in the queue, the record, the job; each awaited. */
export class RunStarter {
  readonly #capacity: QueueCapacity;
  readonly #runsPerDay: RunsPerDay;

  constructor(
    private readonly options: Options,
    private readonly versions: TemplateVersions,
    private readonly instances: Instances,
    private readonly runs: RunRecords,
    bounds: { readonly capacity: QueueCapacity; readonly runsPerDay: RunsPerDay },
  ) {
    this.#capacity = bounds.capacity;
    this.#runsPerDay = bounds.runsPerDay;
  }

  async start(appId: string, viewInstanceId: string, clientCustomData: unknown): Promise<Run> {
    const { ids, clock } = this.options;
    const text = inputText('clientCustomData', clientCustomData);
    const instance = await this.instances.forRun(viewInstanceId, appId);
    const version = await this.#runnable(instance);
    await this.#runsPerDay.admit(appId);
    const app = { appId, unfinished: () => this.runs.unfinishedOfApp(appId) };
    return this.#capacity.admit(app, async (behind) => {
      this.#runsPerDay.take(appId);
      const id = ids.next();
      const inserted = this.runs.insert(
        {
          id,
          appId,
          viewInstanceId,
          viewTemplateId: version.viewTemplateId,
          templateVersion: version.version,
          sourceDigest: version.sourceDigest,
          state: 'queued',
          attempts: 0,
          createdAt: clock.now(),
          unfinishedOf: appId,
        },
        text,
      );
      return this.#queue(inserted, this.options.queue.add(jobIdOf(id), behind, inserted));
    });
  }

  /** The version that the instance is on, if it may run now. */
  async #runnable(instance: InstanceRecord): Promise<VersionRecord> {
    const version = await this.versions.find(instance.viewTemplateId, versionOf(instance));
    if (!version) throw new DatakeepError('not-found');
    const missing = await missingProfiles(this.options.consent, instance.id, version);
    if (missing.length === 0) return version;
    throw new DatakeepError(
      'view-not-permitted',
      `No approved permission of this view instance on: ${missing.join(', ')}.`,
    );
  }

  async #queue(inserted: Promise<RunRecord>, added: Promise<void>): Promise<Run> {
    // Looked at below, unless there is no record.
    added.catch(() => undefined);
    const record = await inserted;
    try {
      await added;
      return showRun(record);
    } catch (error) {
      const failed = await this.runs.end(record, {
        state: 'failed',
        error: { code: 'run-queue-unreachable', message: 'The run queue was out of reach; the run was never started.' },
      });
      if (failed) throw error;
      // A worker took it up nevertheless: the queue had it, only its answer was lost.
      return showRun(await this.runs.existing(record.id));
    }
  }
}
