import {
  defaultRunQueueOptions,
  type AttemptId,
  type BrokerMethod,
  type ExecutionOutcome,
  type RunAnswer,
  type RunCaller,
  type RunCoordinator,
  type RunError,
  type StopReason,
} from '@datakeep/contracts';
import { DatakeepError, endSpan, SpanKind, startSpan } from '@datakeep/kernel';
import type { Attempts } from '../attempts/attempts.ts';
import { askEventService } from './broker.ts';
import type { DryRunReads } from './dry-run-reads.ts';
import { runIdOf } from '../attempts/job-ids.ts';
import type { ViewManagerOptions } from '../records/options.ts';
import type { RunRecord } from '../records/records.ts';
import { cancelled, exhausted, isTerminal, type Ending, type RunRecords } from '../records/run-records.ts';
import type { ExecutionSpec, ExecutionSpecs } from './execution-specs.ts';
import type { RunTokens } from './run-tokens.ts';
import { RunningAttempt, type RunningAttempts } from '../attempts/running-attempts.ts';
import { missingProfiles } from '../instances/view-consent.ts';

type Options = Pick<ViewManagerOptions, 'runtimes' | 'consent' | 'events' | 'clock' | 'logger' | 'dataEndpoint'>;

/** What a dry run may ask. */
const readingMethods: ReadonlySet<BrokerMethod> = new Set(['events.query', 'events.aggregate']);

function failed(code: RunError['code'], message: string): Ending {
  return { state: 'failed', error: { code, message } };
}

/** The service failed in the last attempt: the run is not delivered again, and stays to be looked at. */
const serviceFailed: Ending = {
  ...failed('execution-service-failed', 'The execution service failed in every attempt.'),
  quarantined: true,
};

function endingOf(outcome: ExecutionOutcome): Ending {
  const { logs, usage, isolation } = outcome;
  return outcome.state === 'succeeded'
    ? { state: outcome.state, resultJson: outcome.resultJson, logs, usage, isolation }
    : { state: outcome.state, error: outcome.error, logs, usage, isolation };
}

/** What the trace of a run has of its time in the queue. */
function traceWaiting({ id, attempts, createdAt }: RunRecord, parent: string): void {
  const attributes = { 'datakeep.run.id': id, 'datakeep.run.attempt': attempts };
  // A number before the start of the process would count from there.
  const startTime = new Date(createdAt);
  endSpan(startSpan('run queued', { kind: SpanKind.INTERNAL, parent, startTime, attributes }));
}

/** Begins and ends attempts of runs for the workers of the queue: the port's guarantees over the records. */
export class DefaultRunCoordinator implements RunCoordinator {
  constructor(
    private readonly options: Options,
    private readonly subjects: ExecutionSpecs,
    private readonly reads: DryRunReads,
    private readonly runs: RunRecords,
    private readonly running: RunningAttempts,
    private readonly attempts: Attempts,
    private readonly tokens: RunTokens,
  ) {}

  async begin(jobId: string, stop?: (reason: StopReason) => void): Promise<RunAnswer> {
    const queued = await this.runs.find(runIdOf(jobId));
    if (!queued || isTerminal(queued)) return { kind: 'nothing' };
    const subject = await this.subjects.of(queued);
    const service = this.options.runtimes.get(subject?.runtime ?? '');
    const refusal = await this.#refusal(queued, subject);
    if (refusal || !subject || !service) {
      await this.runs.end(queued, refusal ?? cancelled);
      return { kind: 'nothing' };
    }
    const clientCustomData = await this.runs.customDataOf(queued);
    const now = this.options.clock.now();
    const record = await this.runs.begin(queued, now);
    if (!record) return { kind: 'nothing' };
    const { traceparent } = record;
    if (traceparent !== undefined) traceWaiting(record, traceparent);
    for (const older of this.running.of(record.id)) older.stop();
    this.running.add(new RunningAttempt(record, stop, this.options.clock.monotonic()));
    const dataEndpoint = this.options.dataEndpoint();
    const limits = { ...service.defaultLimits, ...subject.limits };
    const tokens = this.tokens.make(record, subject, now, limits.wallTimeMs);
    return {
      kind: 'execute',
      runId: record.id,
      attempt: record.attempts,
      runtime: subject.runtime,
      sourceCodeId: subject.sourceCodeId,
      reuseKey: record.viewInstanceId,
      parametersJson:
        `{"accessTokensToProfiles":${JSON.stringify(tokens)},"configuration":${subject.configuration},` +
        `"clientCustomData":${clientCustomData},"dataEndpoint":${JSON.stringify(dataEndpoint)}}`,
      dataEndpoint,
      limits,
      ...(traceparent === undefined ? {} : { traceparent }),
    };
  }

  /** How a run ends that may not be executed any more. */
  async #refusal(record: RunRecord, subject: ExecutionSpec | undefined): Promise<Ending | undefined> {
    if (!subject || record.cancelAsked === true) return cancelled;
    if (record.attempts >= defaultRunQueueOptions.attempts) return exhausted;
    if (!this.options.runtimes.has(subject.runtime))
      return failed('execution-service-failed', `No execution service is configured for ${subject.runtime}.`);
    if (subject.dry)
      return record.attempts > 0
        ? failed('view-attempts-exhausted', 'The attempt was cut short; a dry run has one.')
        : undefined;
    const missing = await missingProfiles(this.options.consent, record.viewInstanceId, subject);
    if (missing.length === 0) return undefined;
    return failed('view-not-permitted', `No approved permission of the view instance on: ${missing.join(', ')}.`);
  }

  async broker(
    name: AttemptId,
    method: BrokerMethod,
    argumentsJson: string,
  ): Promise<{ readonly json: string; readonly items: number }> {
    const live = await this.attempts.live(name);
    if (!live) throw new DatakeepError('run-finished', 'The run has ended.');
    const { viewInstanceId, appId } = live;
    const caller: RunCaller = { kind: 'run', runId: name.runId, viewInstanceId, appId };
    return live.dry === true
      ? this.#brokerDry(live, caller, method, argumentsJson)
      : askEventService(this.options.events, caller, method, argumentsJson);
  }

  /** What a dry run asks is counted before it is answered; whatever is not reading is refused. */
  async #brokerDry(
    run: RunRecord,
    caller: RunCaller,
    method: BrokerMethod,
    argumentsJson: string,
  ): ReturnType<RunCoordinator['broker']> {
    const dry = (await this.subjects.of(run))?.dry;
    if (!dry) throw new DatakeepError('run-finished', 'The run has ended.');
    let items: number | undefined;
    try {
      if (!readingMethods.has(method)) throw new DatakeepError('forbidden', 'A dry run only reads.');
      const answer = await askEventService(this.options.events, { ...caller, dry }, method, argumentsJson);
      ({ items } = answer);
      return answer;
    } finally {
      await this.reads.count(run.id, dry, method, argumentsJson, items);
    }
  }

  finish(name: AttemptId, outcome: ExecutionOutcome): Promise<void> {
    return this.#settle(name, async (record) => {
      if (!record) return;
      const { logs, usage, isolation } = outcome;
      // A caller that was answered that the run will be cancelled finds it so, whatever its worker had by then.
      const asCancelled: Ending = { ...cancelled, logs, usage, isolation };
      const ending = record.cancelAsked === true ? asCancelled : endingOf(outcome);
      if (await this.runs.end(record, ending)) return;
      const asked = await this.attempts.asked(name);
      await (asked ? this.#end(asked, asCancelled) : this.#end(record, ending));
    });
  }

  interrupted(name: AttemptId, why: 'stopped' | 'service-failed'): Promise<boolean> {
    return this.#settle(name, async (record) => {
      // Another attempt or a cancellation was first.
      if (!record) return false;
      if (record.cancelAsked === true) return this.#end(record, cancelled);
      if (why === 'service-failed' && record.attempts >= defaultRunQueueOptions.attempts)
        return this.#end(record, serviceFailed);
      if (await this.runs.putBack(record)) return true;
      const now = await this.runs.find(record.id);
      return now !== undefined && !isTerminal(now);
    });
  }

  async ended(names: readonly AttemptId[]): Promise<(AttemptId & { readonly reason: StopReason })[]> {
    const reasons = await Promise.all(names.map((name) => this.#stopReason(name)));
    return names.flatMap(({ runId, attempt }, index) => {
      const reason = reasons[index];
      return reason === undefined ? [] : [{ runId, attempt, reason }];
    });
  }

  async #stopReason(name: AttemptId): Promise<StopReason | undefined> {
    const running = this.running.find(name);
    running?.heard(this.options.clock.monotonic());
    if (running?.stopReason !== undefined) return running.stopReason;
    const record = await this.runs.find(name.runId);
    if (!record || isTerminal(record) || record.attempts > name.attempt) return 'overtaken';
    return record.cancelAsked === true ? 'cancelled' : undefined;
  }

  /** The last word of a worker on an attempt. `record` is undefined when the attempt no longer counts. */
  async #settle<T>(name: AttemptId, settle: (record: RunRecord | undefined) => Promise<T>): Promise<T> {
    const running = this.running.find(name);
    running?.ended();
    try {
      return await settle(await this.attempts.begun(name));
    } finally {
      if (running) this.running.remove(running);
    }
  }

  /** Answers false: the run does not wait any more. */
  async #end(record: RunRecord, ending: Ending): Promise<false> {
    if (!(await this.runs.end(record, ending)))
      this.options.logger.warn('The outcome of a stale attempt was dropped', {
        runId: record.id,
        attempt: record.attempts,
        state: ending.state,
      });
    return false;
  }
}
