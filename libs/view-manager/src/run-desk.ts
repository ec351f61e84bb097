import { setImmediate as afterPoll } from 'node:timers/promises';
import {
  defaultRunQueueOptions,
  type AttemptName,
  BrokerMethod,
  ExecutionOutcome,
  RunAnswer,
  RunCaller,
  RunDesk,
  RunError,
  RunOrder,
  StopReason,
} from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { ActiveRun, type ActiveRuns } from './active-runs.ts';
import type { Attempts } from './attempts.ts';
import { askDoor } from './broker.ts';
import type { DryRunReads } from './dry-run-reads.ts';
import { runIdOf } from './job-ids.ts';
import type { ViewManagerOptions } from './options.ts';
import type { RunRecord } from './records.ts';
import { cancelled, exhausted, isTerminal, type Ending, type RunRecords } from './run-records.ts';
import type { RunSubject, RunSubjects } from './run-subjects.ts';
import type { RunTokens } from './run-tokens.ts';
import { missingProfiles } from './view-consent.ts';

type Options = Pick<
  ViewManagerOptions,
  'documents' | 'runtimes' | 'consent' | 'door' | 'clock' | 'logger' | 'dataEndpoint'
>;

/** What a dry run may ask. */
const readingMethods: ReadonlySet<BrokerMethod> = new Set(['events.query', 'events.aggregate']);

function failed(code: RunError['code'], message: string): Ending {
  return { state: 'failed', error: { code, message } };
}

function endingOf(outcome: ExecutionOutcome): Ending {
  const { logs, usage, isolation } = outcome;
  return outcome.state === 'succeeded'
    ? { state: outcome.state, resultJson: outcome.resultJson, logs, usage, isolation }
    : { state: outcome.state, error: outcome.error, logs, usage, isolation };
}

/** What workers are told of runs, and what they tell: the port's law over the records. */
export class RecordedRunDesk implements RunDesk {
  readonly #options: Options;
  readonly #subjects: RunSubjects;
  readonly #reads: DryRunReads;
  readonly #runs: RunRecords;
  readonly #active: ActiveRuns;
  readonly #attempts: Attempts;
  readonly #tokens: RunTokens;

  constructor(
    options: Options,
    subjects: RunSubjects,
    reads: DryRunReads,
    runs: RunRecords,
    active: ActiveRuns,
    attempts: Attempts,
    tokens: RunTokens,
  ) {
    this.#options = options;
    this.#subjects = subjects;
    this.#reads = reads;
    this.#runs = runs;
    this.#active = active;
    this.#attempts = attempts;
    this.#tokens = tokens;
  }

  async begin(jobId: string, attempt: number, stop?: (reason: StopReason) => void): Promise<RunAnswer> {
    const record = await this.#runs.toBegin(runIdOf(jobId), attempt);
    if (!record || isTerminal(record)) return { kind: 'nothing' };
    const subject = await this.#subjects.of(record);
    if (!subject || record.cancelAsked === true) {
      await this.#runs.end(record, cancelled);
      return { kind: 'nothing' };
    }
    // A queue that lost what it knew counts anew; the record does not.
    if (record.attempts >= defaultRunQueueOptions.attempts) return this.#quarantine(record);
    const service = this.#options.runtimes.get(subject.runtime);
    if (!service)
      return this.#refuse(
        record,
        'execution-service-failed',
        `No execution service is configured for ${subject.runtime}.`,
      );
    if (subject.dry && record.attempts > 0)
      return this.#refuse(record, 'view-attempts-exhausted', 'The attempt was cut short; a dry run has one.');
    const missing = subject.dry ? [] : await missingProfiles(this.#options.consent, record.viewInstanceId, subject);
    if (missing.length > 0)
      return this.#refuse(
        record,
        'view-not-permitted',
        `No approved permission of the view instance on: ${missing.join(', ')}.`,
      );
    const now = this.#options.clock.now();
    const run = new ActiveRun(record, Math.max(attempt, record.attempts + 1), stop, now);
    this.#active.add(run);
    // The code may start while `running` is being stored: its broker and its tokens answer only once it is, and its outcome is stored only after it. The order leaves first.
    void this.#orderHasLeft().then(() => this.#store(run, record, now));
    try {
      return await this.#order(run, record, subject, { ...service.defaultLimits, ...subject.limits }, now);
    } catch (error) {
      // The worker never heard of the attempt, so nobody else will end it.
      await this.interrupted(run);
      throw error;
    }
  }

  async broker(
    name: AttemptName,
    method: BrokerMethod,
    argumentsJson: string,
  ): Promise<{ readonly json: string; readonly items: number }> {
    const early = this.#readEarly(name, method, argumentsJson);
    // What is read is on its way first: it takes longer than the look.
    if (early) await afterPoll();
    const live = await this.#attempts.live(name);
    if (!live) throw new DatakeepError('run-finished', 'The run has ended.');
    if (early) return early;
    const caller: RunCaller = {
      kind: 'run',
      runId: name.runId,
      viewInstanceId: live.viewInstanceId,
      appId: live.appId,
    };
    return live.dry === true
      ? this.#brokerDry(name, caller, method, argumentsJson)
      : askDoor(this.#options.door, caller, method, argumentsJson);
  }

  /** Reads for an attempt that began here while its record is looked at; what was read is handed out only if the attempt still counts. */
  #readEarly(
    name: AttemptName,
    method: BrokerMethod,
    argumentsJson: string,
  ): ReturnType<RunDesk['broker']> | undefined {
    const active = this.#active.find(name);
    if (!active || active.here || active.over || active.dry === true || !readingMethods.has(method)) return undefined;
    const caller: RunCaller = {
      kind: 'run',
      runId: name.runId,
      viewInstanceId: active.viewInstanceId,
      appId: active.appId,
    };
    const reading = askDoor(this.#options.door, caller, method, argumentsJson);
    reading.catch(() => undefined);
    return reading;
  }

  /** What a dry run asks is counted before it is answered; whatever is not reading is refused. */
  async #brokerDry(
    name: AttemptName,
    caller: RunCaller,
    method: BrokerMethod,
    argumentsJson: string,
  ): ReturnType<RunDesk['broker']> {
    const run = { id: name.runId, viewInstanceId: caller.viewInstanceId, viewTemplateId: '', dry: true };
    const dry = (await this.#subjects.of(run))?.dry;
    if (!dry) throw new DatakeepError('run-finished', 'The run has ended.');
    let items: number | undefined;
    try {
      if (!readingMethods.has(method)) throw new DatakeepError('forbidden', 'A dry run only reads.');
      const answer = await askDoor(this.#options.door, { ...caller, dry }, method, argumentsJson);
      ({ items } = answer);
      return answer;
    } finally {
      await this.#reads.count(name.runId, dry, method, argumentsJson, items);
    }
  }

  finish(name: AttemptName, outcome: ExecutionOutcome): Promise<void> {
    return this.#settle(name, async (begun) => {
      if (begun) await this.#end(begun, endingOf(outcome));
    });
  }

  interrupted(name: AttemptName): Promise<boolean> {
    return this.#settle(name, async (begun, active) => {
      // Another attempt or a cancellation was first.
      if (!begun) return false;
      if (active?.cancelled) return this.#end(begun, cancelled);
      const waiting = await this.#runs.putBack(begun);
      // A caller cancelled while it was being put back, when this was still the place to store that.
      if (waiting && active?.cancelled) return this.#end({ ...begun, state: 'queued' }, cancelled);
      if (waiting) return true;
      const now = await this.#runs.find(begun.id);
      return now !== undefined && !isTerminal(now);
    });
  }

  async gaveUp(jobId: string, reason: 'stopped' | 'service-failed'): Promise<void> {
    const ending =
      reason === 'stopped'
        ? exhausted
        : {
            ...failed('execution-service-failed', 'The execution service failed in every attempt.'),
            quarantined: true as const,
          };
    for (;;) {
      const record = await this.#runs.find(runIdOf(jobId));
      if (!record || isTerminal(record)) return;
      if (await this.#runs.end(record, record.cancelAsked === true ? cancelled : ending)) break;
    }
    for (const run of this.#active.of(runIdOf(jobId))) run.stop();
  }

  async ended(names: readonly AttemptName[]): Promise<(AttemptName & { readonly reason: StopReason })[]> {
    const reasons = await Promise.all(names.map((name) => this.#stopReason(name)));
    return names.flatMap(({ runId, attempt }, place) => {
      const reason = reasons[place];
      return reason === undefined ? [] : [{ runId, attempt, reason }];
    });
  }

  async #stopReason(name: AttemptName): Promise<StopReason | undefined> {
    const active = this.#active.find(name);
    active?.heard(this.#options.clock.now());
    if (active?.stopReason !== undefined) return active.stopReason;
    const record = await this.#runs.find(name.runId);
    if (!record || isTerminal(record) || record.attempts > name.attempt) return 'overtaken';
    return record.cancelAsked === true ? 'cancelled' : undefined;
  }

  async #quarantine(record: RunRecord): Promise<RunAnswer> {
    await this.#runs.end(record, exhausted);
    return { kind: 'nothing' };
  }

  async #refuse(record: RunRecord, code: RunError['code'], reason: string): Promise<RunAnswer> {
    await this.#runs.end(record, failed(code, reason));
    return { kind: 'refused', reason };
  }

  /** On a store that keeps order an attempt may begin while its record is being stored: what waits for no message goes first, and both then share a transaction. */
  #orderHasLeft(): Promise<void> {
    return this.#options.documents.keepsOrder ? new Promise((resolve) => process.nextTick(resolve)) : afterPoll();
  }

  /** Stores the attempt as `running`. Attempts that this one has overtaken are stopped. */
  async #store(run: ActiveRun, record: RunRecord, now: number): Promise<void> {
    try {
      const begun = await this.#runs.begin(record, run.attempt, now);
      run.began(begun);
      if (begun) for (const older of this.#active.of(run.runId)) if (older.attempt < run.attempt) older.stop();
    } catch (error) {
      run.failedToBegin(error);
    }
  }

  async #order(
    run: ActiveRun,
    record: RunRecord,
    subject: RunSubject,
    limits: RunOrder['limits'],
    now: number,
  ): Promise<RunOrder> {
    const tokens = this.#tokens.make(run, subject, now, limits.wallTimeMs);
    const clientCustomData = record.clientCustomData ?? (await this.#runs.customDataOf(record));
    return {
      kind: 'execute',
      runId: run.runId,
      attempt: run.attempt,
      runtime: subject.runtime,
      sourceCodeId: subject.sourceCodeId,
      reuseKey: record.viewInstanceId,
      parametersJson:
        `{"accessTokensToProfiles":${JSON.stringify(tokens)},"configuration":${subject.configuration},` +
        `"clientCustomData":${clientCustomData},"dataEndpoint":${JSON.stringify(this.#options.dataEndpoint)}}`,
      dataEndpoint: this.#options.dataEndpoint,
      limits,
    };
  }

  /** The last word of a worker on an attempt. `begun` is undefined when the attempt no longer counts. */
  async #settle<T>(
    name: AttemptName,
    settle: (begun: RunRecord | undefined, active: ActiveRun | undefined) => Promise<T>,
  ): Promise<T> {
    const active = this.#active.find(name);
    active?.ended();
    try {
      return await settle(await this.#attempts.begun(name), active);
    } finally {
      if (active) this.#active.remove(active);
    }
  }

  /** Answers false: the run does not wait any more. */
  async #end(record: RunRecord, ending: Ending): Promise<false> {
    if (!(await this.#runs.end(record, ending)))
      this.#options.logger.warn('The outcome of a stale attempt was dropped', {
        runId: record.id,
        attempt: record.attempts,
        state: ending.state,
      });
    return false;
  }
}
