import { Unrecoverable, type ExecutionOutcome, type ExecutionService, type RunError, type RunJob } from '@datakeep/contracts';
import { ActiveRun, type ActiveRuns } from './active-runs.ts';
import { RunBroker } from './broker.ts';
import type { Instances } from './instances.ts';
import { runIdOf } from './job-ids.ts';
import type { ViewManagerOptions } from './options.ts';
import type { InstanceRecord, RunRecord, TemplateRecord } from './records.ts';
import { cancelled, isTerminal, type Ending, type RunRecords } from './run-records.ts';
import type { RunTokens } from './run-tokens.ts';
import type { Templates } from './templates.ts';
import { missingProfiles } from './view-consent.ts';

type Options = Pick<ViewManagerOptions, 'runtimes' | 'consent' | 'door' | 'clock' | 'logger' | 'dataEndpoint'>;

interface View {
  readonly instance: InstanceRecord;
  readonly template: TemplateRecord;
  readonly service: ExecutionService;
}

function failed(code: RunError['code'], message: string): Ending {
  return { state: 'failed', error: { code, message } };
}

function endingOf(outcome: ExecutionOutcome): Ending {
  const { logs, usage, isolation } = outcome;
  return outcome.state === 'succeeded'
    ? { state: outcome.state, resultJson: outcome.resultJson, logs, usage, isolation }
    : { state: outcome.state, error: outcome.error, logs, usage, isolation };
}

/** What the queue's worker does with one run. */
export class RunWork {
  readonly #options: Options;
  readonly #templates: Templates;
  readonly #instances: Instances;
  readonly #runs: RunRecords;
  readonly #active: ActiveRuns;
  readonly #tokens: RunTokens;

  constructor(options: Options, templates: Templates, instances: Instances, runs: RunRecords, active: ActiveRuns, tokens: RunTokens) {
    this.#options = options;
    this.#templates = templates;
    this.#instances = instances;
    this.#runs = runs;
    this.#active = active;
    this.#tokens = tokens;
  }

  /** Rejects when the service failed (the queue tries again), or with `Unrecoverable` when the run has been ended for good without being executed. */
  async handle(job: RunJob, queueSignal: AbortSignal): Promise<void> {
    const record = await this.#runs.find(runIdOf(job.id));
    if (!record || isTerminal(record)) return;
    const instance = await this.#instances.find(record.viewInstanceId);
    const template = instance && (await this.#templates.find(instance.viewTemplateId));
    if (!instance || !template) {
      await this.#runs.end(record, cancelled);
      return;
    }
    const service = this.#options.runtimes.get(template.runtime);
    if (!service) return this.#refuse(record, failed('execution-service-failed', `No execution service is configured for ${template.runtime}.`));
    const missing = await missingProfiles(this.#options.consent, instance.id, template);
    if (missing.length > 0)
      return this.#refuse(record, failed('view-not-permitted', `No approved permission of the view instance on: ${missing.join(', ')}.`));
    await this.#attempt(record, Math.max(job.attempt, record.attempts + 1), { instance, template, service }, queueSignal);
  }

  /** The queue gave up on a run. `error` is what the last attempt rejected with; without one the keep stopped before it could. */
  async gaveUp(jobId: string, reason: 'attempts' | 'stalled' | 'unrecoverable', error?: unknown): Promise<void> {
    const ending =
      reason === 'stalled' || error === undefined
        ? failed('view-attempts-exhausted', 'The keep stopped during every attempt.')
        : failed('execution-service-failed', 'The execution service failed in every attempt.');
    for (;;) {
      const record = await this.#runs.find(runIdOf(jobId));
      if (!record || isTerminal(record)) return;
      if (await this.#runs.end(record, ending)) break;
    }
    for (const run of this.#active.of(runIdOf(jobId))) run.stop();
  }

  async #refuse(record: RunRecord, ending: Ending): Promise<never> {
    await this.#runs.end(record, ending);
    throw new Unrecoverable(ending.error?.message);
  }

  async #attempt(record: RunRecord, attempt: number, view: View, queueSignal: AbortSignal): Promise<void> {
    const run = new ActiveRun(record, attempt, queueSignal);
    this.#active.add(run);
    try {
      const now = this.#options.clock.now();
      // The code may start while `running` is being stored: its broker and its tokens answer only once it is, and its outcome is stored only after it.
      const [begun, executed] = await Promise.allSettled([this.#begin(run, record, now), this.#execute(run, record, view, now)]);
      if (begun.status === 'rejected') throw begun.reason;
      // Cancelled meanwhile, or another attempt is at it.
      if (!begun.value) return;
      if (executed.status === 'rejected') await this.#interrupted(run, begun.value, executed.reason);
      // The service was told to stop by a shutdown and not by a caller: that is no outcome.
      else if (executed.value.state === 'cancelled' && !run.cancelled)
        await this.#interrupted(run, begun.value, new Error('The attempt was interrupted.'));
      else await this.#store(begun.value, endingOf(executed.value));
    } finally {
      this.#active.remove(run);
    }
  }

  /** The record as `running`, or undefined when another attempt or a cancellation was first. Attempts that this one has overtaken are stopped. */
  async #begin(run: ActiveRun, record: RunRecord, now: number): Promise<RunRecord | undefined> {
    let begun: RunRecord | undefined;
    try {
      begun = await this.#runs.begin(record, run.attempt, now);
    } finally {
      run.began(begun !== undefined);
    }
    if (begun) for (const older of this.#active.of(run.runId)) if (older.attempt < run.attempt) older.stop();
    return begun;
  }

  async #execute(run: ActiveRun, record: RunRecord, view: View, now: number): Promise<ExecutionOutcome> {
    const { instance, template, service } = view;
    const limits = { ...service.defaultLimits, ...template.limits };
    const tokens = this.#tokens.make(run, template, now, limits.wallTimeMs);
    const clientCustomData = record.clientCustomData ?? (await this.#runs.customDataOf(record));
    const parametersJson =
      `{"accessTokensToProfiles":${JSON.stringify(tokens)},"configuration":${instance.configuration},` +
      `"clientCustomData":${clientCustomData},"dataEndpoint":${JSON.stringify(this.#options.dataEndpoint)}}`;
    return service.execute({
      sourceCodeId: template.sourceCodeId,
      reuseKey: instance.id,
      parametersJson,
      limits,
      broker: new RunBroker(this.#options.door, run),
      signal: run.signal,
    });
  }

  /** An attempt without an outcome: the run waits again, and the queue delivers it again or gives up. */
  async #interrupted(run: ActiveRun, begun: RunRecord, reason: unknown): Promise<void> {
    if (run.cancelled) return this.#store(begun, cancelled);
    const waiting = await this.#runs.putBack(begun);
    // A caller cancelled while it was being put back, when its worker was still the one to store that.
    if (waiting && run.cancelled) return this.#store({ ...begun, state: 'queued' }, cancelled);
    throw reason;
  }

  async #store(record: RunRecord, ending: Ending): Promise<void> {
    if (await this.#runs.end(record, ending)) return;
    this.#options.logger.warn('The outcome of a stale attempt was dropped', { runId: record.id, attempt: record.attempts, state: ending.state });
  }
}
