import {
  terminalRunStates,
  type Isolation,
  type Paging,
  type RecordPage,
  type Run,
  type RunError,
  type RunFilter,
  type RunLogLine,
  type RunState,
  type RunUsage,
} from '@datakeep/contracts';
import {
  listPage,
  everyOf,
  tookPlace,
  type Collection,
  type DocumentStore,
  type Where,
  type Write,
} from '@datakeep/documents';
import { currentTraceparent, DatakeepError, isId, type Clock } from '@datakeep/kernel';
import type { BestEffortAudit } from './best-effort-audit.ts';
import { runInputRecords, runRecords, type RunInputRecord, type RunRecord } from './records.ts';
import type { RunWaiters } from './run-waiters.ts';
import { showRun } from './shown-runs.ts';

/** JSON text of `clientCustomData` beyond this many characters is kept apart from the run's record. */
const maxInlineLength = 8192;
/**
 * Characters of results and logs in one page; a page that would hold more ends sooner. They are parsed in one turn: 8
 * MiB held the process for more than 100 ms.
 */
const maxPageLength = 1024 * 1024;

/** What a record takes beside its result and logs, and a line of the log beside its text: roughly, in bytes. */
const recordBytes = 1024;
const lineBytes = 64;
/** Of deliveries, the last ones are kept; the queue makes fewer. */
const maxDeliveries = 10;

/** Records that are read and removed at once: each may hold a result of 8 MiB. */
const stepRuns = 10;

type RunsOf = Pick<RunRecord, 'viewInstanceId'> | Pick<RunRecord, 'appId'>;

/** An index of what is looked for ends with it; by id, all that is found would be read and sorted for each step. */
const oldestFirst = { field: 'createdAt', direction: 'ascending' } as const;

/** How a run ends. */
export interface Ending {
  readonly state: Exclude<RunState, 'queued' | 'running'>;
  readonly resultJson?: string;
  readonly error?: RunError;
  readonly logs?: readonly RunLogLine[];
  readonly usage?: RunUsage;
  readonly isolation?: Isolation;
  readonly quarantined?: true;
}

export const cancelled: Ending = {
  state: 'cancelled',
  error: { code: 'view-cancelled', message: 'The run was cancelled.' },
};

/** Every attempt was cut short: it is not delivered again, and stays to be looked at. */
export const exhausted: Ending = {
  state: 'failed',
  error: { code: 'view-attempts-exhausted', message: 'The keep stopped during every attempt.' },
  quarantined: true,
};

export function isTerminal({ state }: { readonly state: RunState }): boolean {
  return terminalRunStates.includes(state);
}

function lengthOf({ result, logs }: RunRecord): number {
  return (result?.length ?? 0) + (logs ?? []).reduce((sum, { text }) => sum + text.length, 0);
}

/**
 * The run records, and the only place that changes a run's state. Guarantee: every change is a compare-and-set on
 * (state, attempts), so of all that race exactly one happens, and a terminal state never changes again. Changes answer
 * the record as it is now stored, or undefined when another change was first.
 */
export class RunRecords {
  /** To be read; every change goes through here. */
  readonly records: Collection<RunRecord>;
  readonly #inputs: Collection<RunInputRecord>;

  constructor(
    private readonly documents: DocumentStore,
    private readonly clock: Clock,
    private readonly waiters: RunWaiters,
    private readonly trail: BestEffortAudit,
  ) {
    this.records = documents.collection(runRecords);
    this.#inputs = documents.collection(runInputRecords);
  }

  async find(id: string): Promise<RunRecord | undefined> {
    return isId(id) ? this.records.get(id) : undefined;
  }

  /** The run; another app's does not exist, nor does a dry one. */
  async existing(id: string, appId?: string): Promise<RunRecord> {
    const record = await this.find(id);
    if (!record || record.dry === true || (appId !== undefined && record.appId !== appId))
      throw new DatakeepError('not-found');
    return record;
  }

  list(filter: RunFilter, paging: Paging): Promise<RecordPage<Run>> {
    const { appId, viewInstanceId, viewTemplateId, state, quarantined, from, to } = filter;
    const where: Where<RunRecord> = {
      dry: null,
      ...(appId === undefined ? {} : { appId }),
      ...(viewInstanceId === undefined ? {} : { viewInstanceId }),
      ...(viewTemplateId === undefined ? {} : { viewTemplateId }),
      ...(state === undefined ? {} : { state }),
      ...(quarantined === undefined ? {} : { quarantined: quarantined || null }),
      createdAt: { ...(from === undefined ? {} : { gte: from }), ...(to === undefined ? {} : { lt: to }) },
    };
    return listPage(this.records, 'createdAt', where, paging, showRun, { of: lengthOf, most: maxPageLength });
  }

  /** Every run in one state, oldest first, in bounded steps. */
  inState(state: RunState): AsyncGenerator<RunRecord> {
    return everyOf(this.records, { where: { state }, sort: oldestFirst });
  }

  /** How many runs of the app wait or are executed. */
  unfinishedOfApp(appId: string): Promise<number> {
    return this.records.count({ unfinishedOf: appId });
  }

  /** How many runs the app made from then on, of those that are there. */
  madeByApp(appId: string, from: number): Promise<number> {
    return this.records.count({ appId, createdAt: { gte: from } });
  }

  unfinishedOf(viewInstanceId: string): AsyncGenerator<RunRecord> {
    return everyOf(this.records, {
      where: { viewInstanceId, state: { in: ['queued', 'running'] } },
      sort: oldestFirst,
    });
  }

  /** Stores a new run, durably; answers its record. */
  async insert(record: Omit<RunRecord, 'clientCustomData'>, clientCustomData: string): Promise<RunRecord> {
    const isLong = clientCustomData.length > maxInlineLength;
    const traceparent = currentTraceparent();
    const stored: RunRecord = {
      ...record,
      ...(isLong ? {} : { clientCustomData }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    const apart = isLong ? [this.#inputs.insert({ id: record.id, clientCustomData })] : [];
    await this.documents.commit([this.records.insert(stored), ...apart]);
    return stored;
  }

  /** JSON text of what an unfinished run was called with. */
  async customDataOf({ id, clientCustomData }: RunRecord): Promise<string> {
    return clientCustomData ?? (await this.#inputs.get(id))?.clientCustomData ?? 'null';
  }

  /** Begins the next attempt. */
  async begin(record: RunRecord, startedAt: number): Promise<RunRecord | undefined> {
    const attempts = record.attempts + 1;
    const deliveries = [...(record.deliveries ?? []), { attempt: attempts, startedAt }].slice(-maxDeliveries);
    const set = { state: 'running', attempts, startedAt, deliveries } as const;
    return (await this.#change(record, set)) ? { ...record, ...set } : undefined;
  }

  /** An attempt without an outcome: the run waits again, and the attempt's tokens are void. */
  async putBack(record: RunRecord): Promise<boolean> {
    return this.#change(record, { state: 'queued', ...this.#ended(record, 'interrupted') }, ['startedAt']);
  }

  /**
   * Requests the end of a running attempt; its worker in another process reads that. Returns the record, or undefined
   * when another request was first.
   */
  async askCancel(record: RunRecord): Promise<RunRecord | undefined> {
    return (await this.#change(record, { cancelAsked: true })) ? { ...record, cancelAsked: true } : undefined;
  }

  /** Ends the run: the one write of a terminal state. Notifies the waiters and the audit. */
  async end(record: RunRecord, ending: Ending): Promise<RunRecord | undefined> {
    const { state, resultJson, error, logs = [], usage, isolation, quarantined } = ending;
    const logBytes = logs.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    const resultBytes = resultJson === undefined ? 0 : Buffer.byteLength(resultJson);
    const set: Partial<RunRecord> = {
      state,
      // A clock that was set back must not give a run that ends before it starts.
      finishedAt: Math.max(this.clock.now(), record.startedAt ?? record.createdAt),
      ...(resultJson === undefined ? {} : { result: resultJson }),
      ...(error === undefined ? {} : { error }),
      ...(logs.length === 0 ? {} : { logs }),
      ...(usage === undefined ? {} : { usage: { ...usage, logBytes, resultBytes } }),
      ...(isolation === undefined ? {} : { isolation }),
      ...(quarantined === undefined ? {} : { quarantined }),
      ...this.#ended(record, 'ended'),
      bytes: recordBytes + logs.length * lineBytes + logBytes + resultBytes + Buffer.byteLength(error?.message ?? ''),
    };
    const apart = isTerminal(record) || record.clientCustomData !== undefined ? [] : [this.#inputs.delete(record.id)];
    if (!(await this.#change(record, set, ['clientCustomData', 'unfinishedOf'], apart))) return undefined;
    const ended: RunRecord = { ...record, ...set };
    this.waiters.ended(ended.id, () => showRun(ended));
    if (ended.dry === true) return ended;
    this.trail.append({
      action: 'run.finished',
      actor: { kind: 'run', id: ended.id },
      subject: { kind: 'view-instance', id: ended.viewInstanceId },
      details: {
        state,
        appId: ended.appId,
        attempts: ended.attempts,
        ...(error === undefined ? {} : { code: error.code }),
      },
    });
    return ended;
  }

  /**
   * Removes a run in the state that the record has: one that has ended, or one that was inserted and never queued.
   * Returns whether this call removed it.
   */
  remove({ id, state, attempts, clientCustomData }: RunRecord): Promise<boolean> {
    // What is kept apart goes with the end.
    const apart = isTerminal({ state }) || clientCustomData !== undefined ? [] : [this.#inputs.delete(id)];
    return tookPlace(this.documents.commit([this.records.delete(id, { state, attempts }), ...apart], 'relaxed'));
  }

  /** Removes at most `most` ended runs of an instance or an app, oldest first. Returns whether none is left. */
  async removeEnded(of: RunsOf, most: number): Promise<boolean> {
    const where = { ...of, dry: null, finishedAt: { gte: 0 } };
    for (let removed = 0; removed < most; removed += stepRuns) {
      const ended = await this.records.find({ where, sort: oldestFirst, limit: stepRuns });
      await Promise.all(ended.map((record) => this.remove(record)));
      if (ended.length < stepRuns) return true;
    }
    return false;
  }

  /** Whether a run of it is left, ended or not. */
  async isAny(of: RunsOf): Promise<boolean> {
    return (await this.records.find({ where: of, sort: oldestFirst, limit: 1 })).length > 0;
  }

  /** The last delivery with its end, where it has none. */
  #ended({ deliveries }: RunRecord, end: 'ended' | 'interrupted'): Pick<RunRecord, 'deliveries'> {
    const last = deliveries?.at(-1);
    if (!deliveries || !last || last.endedAt !== undefined) return {};
    return {
      deliveries: [...deliveries.slice(0, -1), { ...last, endedAt: Math.max(this.clock.now(), last.startedAt), end }],
    };
  }

  async #change(
    record: RunRecord,
    set: Partial<RunRecord>,
    unset: readonly (keyof RunRecord & string)[] = [],
    more: readonly Write[] = [],
  ): Promise<boolean> {
    const { state, attempts, cancelAsked = null } = record;
    const onlyIf = { state, attempts, cancelAsked };
    if (isTerminal(record)) return false;
    const absent = unset.filter((field) => record[field] !== undefined);
    const update = this.records.update(record.id, { set, ...(absent.length > 0 ? { unset: absent } : {}) }, onlyIf);
    // A run whose start a power loss took is still queued, and is started again: only the end must survive one.
    const isEnd = set.state !== undefined && isTerminal({ state: set.state });
    return tookPlace(this.documents.commit([update, ...more], isEnd ? 'durable' : 'relaxed'));
  }
}
