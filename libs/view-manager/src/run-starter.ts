import { DatakeepError } from '@datakeep/kernel';
import type { Run } from '@datakeep/contracts';
import type { Instances } from './instances.ts';
import { jobIdOf } from './job-ids.ts';
import type { ViewManagerOptions } from './options.ts';
import type { RunRecord } from './records.ts';
import { showRun, type RunRecords } from './run-records.ts';
import type { Templates } from './templates.ts';
import { missingProfiles } from './view-consent.ts';

type Options = Pick<ViewManagerOptions, 'queue' | 'consent' | 'clock' | 'ids' | 'maxQueuedRuns'>;

/** Of `clientCustomData` as JSON text, in bytes. */
const maxCustomDataBytes = 1024 * 1024;

function unreachable(cause: unknown): DatakeepError {
  return new DatakeepError('run-queue-unreachable', undefined, { retryAfterSeconds: 5, cause });
}

/** Makes runs: the record first, then the job. */
export class RunStarter {
  readonly #options: Options;
  readonly #templates: Templates;
  readonly #instances: Instances;
  readonly #runs: RunRecords;
  /** Runs of this process that have passed the cap and are not yet in the queue's count. */
  #starting = 0;

  constructor(options: Options, templates: Templates, instances: Instances, runs: RunRecords) {
    this.#options = options;
    this.#templates = templates;
    this.#instances = instances;
    this.#runs = runs;
  }

  async start(appId: string, viewInstanceId: string, clientCustomData: unknown): Promise<Run> {
    const text = JSON.stringify(clientCustomData ?? null);
    if (Buffer.byteLength(text) > maxCustomDataBytes)
      throw DatakeepError.invalid([{ pointer: '/clientCustomData', code: 'range', detail: `Takes ${maxCustomDataBytes} bytes of JSON at most.` }]);
    // Asked at the same time; what came of it counts only for an instance that is there and may run.
    const counting = this.#waiting();
    counting.catch(() => undefined);
    const instance = await this.#instances.existing(viewInstanceId, appId);
    const template = await this.#templates.ofInstance(instance);
    if (!template) throw new DatakeepError('not-found');
    const missing = await missingProfiles(this.#options.consent, viewInstanceId, template);
    if (missing.length > 0) throw new DatakeepError('view-not-permitted', `No approved permission of this view instance on: ${missing.join(', ')}.`);
    const { ids, clock } = this.#options;
    const waiting = await counting;
    if (waiting + this.#starting >= this.#options.maxQueuedRuns)
      throw new DatakeepError('run-queue-full', `${waiting} runs are waiting.`, { retryAfterSeconds: 1 });
    this.#starting += 1;
    try {
      return await this.#queue(
        {
          id: ids.next(),
          appId,
          viewInstanceId,
          viewTemplateId: template.id,
          state: 'queued',
          attempts: 0,
          createdAt: clock.now(),
        },
        text,
      );
    } finally {
      this.#starting -= 1;
    }
  }

  async #waiting(): Promise<number> {
    try {
      const { waiting, delayed } = await this.#options.queue.counts();
      return waiting + delayed;
    } catch (error) {
      throw unreachable(error);
    }
  }

  async #queue(fields: Omit<RunRecord, 'clientCustomData'>, clientCustomData: string): Promise<Run> {
    const record = await this.#runs.insert(fields, clientCustomData);
    try {
      await this.#options.queue.add(jobIdOf(record.id));
      return showRun(record);
    } catch (error) {
      const failed = await this.#runs.end(record, {
        state: 'failed',
        error: { code: 'run-queue-unreachable', message: 'The run queue was out of reach; the run was never started.' },
      });
      if (failed) throw unreachable(error);
      // Somebody took it up nevertheless: the queue had it, only its answer was lost.
      return showRun(await this.#runs.existing(record.id));
    }
  }
}
