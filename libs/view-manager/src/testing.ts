import type {
  Audit,
  AuditEntry,
  Caller,
  Consent,
  EventDoor,
  ExecutionOutcome,
  ExecutionRequest,
  ExecutionService,
  Grantee,
  Permission,
  PermissionDesk,
  Right,
  RunJob,
  RunQueue,
  RunWorker,
  RuntimeReport,
  SourceFile,
} from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

/** Stand-ins for the services around the view manager, for tests: each does what its port promises as simply as can be, and fails on demand. */

export const limits = { wallTimeMs: 5000, memoryMiB: 192, resultBytes: 1_048_576, logBytes: 65_536, inputEvents: 10_000, inputBytes: 16_777_216 };
const usage = { wallMs: 1, cpuMs: 1, peakMemoryMiB: 60, eventsRead: 0, eventsWritten: 0, bytesRead: 0, logBytesDropped: 0 };
const isolation = { level: 'language', layers: ['process'] } as const;

export function succeeded(result: unknown): ExecutionOutcome {
  return { state: 'succeeded', resultJson: JSON.stringify(result), logs: [], usage, isolation };
}

export function ended(state: 'failed' | 'timed-out' | 'cancelled', code: string): ExecutionOutcome {
  const logs = [{ at: '2026-01-01T00:00:00.000Z', level: 'info', text: 'so far' }] as const;
  return { state, error: { code, message: code }, logs, usage, isolation };
}

/** Runs the function it is given instead of code. An abort ends it as `cancelled`, as the port promises. */
export class ScriptedExecution implements ExecutionService {
  readonly runtime = 'javascript';
  readonly defaultLimits = limits;
  readonly sources = new Map<string, readonly SourceFile[]>();
  readonly requests: ExecutionRequest[] = [];
  code: (request: ExecutionRequest) => Promise<ExecutionOutcome> = async () => succeeded(null);
  down = false;
  #uploads = 0;

  async upload(files: readonly SourceFile[]): Promise<{ sourceCodeId: string; digest: string }> {
    this.#check();
    if (!files.some(({ path }) => path === 'main.js'))
      throw DatakeepError.invalid([{ pointer: '/files', code: 'source', detail: 'There is no entry file.' }]);
    this.#uploads += 1;
    const sourceCodeId = this.#uploads.toString(16).padStart(24, '0');
    this.sources.set(sourceCodeId, files);
    return { sourceCodeId, digest: 'd'.repeat(64) };
  }

  async read(sourceCodeId: string): Promise<readonly SourceFile[] | undefined> {
    return this.sources.get(sourceCodeId);
  }

  async delete(sourceCodeId: string): Promise<void> {
    this.#check();
    this.sources.delete(sourceCodeId);
  }

  async execute(request: ExecutionRequest): Promise<ExecutionOutcome> {
    this.requests.push(request);
    this.#check();
    const aborted = Promise.withResolvers<ExecutionOutcome>();
    request.signal.addEventListener('abort', () => aborted.resolve(ended('cancelled', 'view-cancelled')), { once: true });
    if (request.signal.aborted) return ended('cancelled', 'view-cancelled');
    return Promise.race([this.code(request), aborted.promise]);
  }

  async report(): Promise<RuntimeReport> {
    this.#check();
    return {
      name: this.runtime,
      where: 'built-in',
      healthy: true,
      isolation: { ...isolation, proof: 'none' },
      limits,
      processes: { running: 0, idle: 0, max: 1 },
    };
  }

  async close(): Promise<void> {
    this.down = true;
  }

  #check(): void {
    if (this.down) throw new DatakeepError('execution-service-unreachable');
  }
}

/** Delivers in order, without a bound on concurrency and without waiting between attempts. `lose` forgets every job, as a queue without its disk would. */
export class MemoryQueue implements RunQueue {
  readonly #waiting: string[] = [];
  readonly #active = new Map<string, AbortController>();
  readonly #attempts = new Map<string, number>();
  readonly failures: { id: string; reason: string }[] = [];
  /** While true nothing is delivered. */
  held = false;
  down = false;
  attempts = 3;
  #handler: Parameters<RunQueue['work']>[0] | undefined;
  #onFailed: Parameters<RunQueue['work']>[1] | undefined;
  readonly #running = new Set<Promise<void>>();

  async add(id: string): Promise<void> {
    this.#check();
    if (await this.has(id)) return;
    this.#attempts.delete(id);
    this.#waiting.push(id);
    this.#pump();
  }

  async remove(id: string): Promise<boolean> {
    this.#check();
    const place = this.#waiting.indexOf(id);
    if (place !== -1) this.#waiting.splice(place, 1);
    return place !== -1;
  }

  async has(id: string): Promise<boolean> {
    this.#check();
    return this.#waiting.includes(id) || this.#active.has(id);
  }

  async counts(): Promise<{ waiting: number; active: number; delayed: number; failed: number }> {
    this.#check();
    return { waiting: this.#waiting.length, active: this.#active.size, delayed: 0, failed: this.failures.length };
  }

  work(handler: Parameters<RunQueue['work']>[0], onFailed: Parameters<RunQueue['work']>[1]): RunWorker {
    this.#handler = handler;
    this.#onFailed = onFailed;
    this.#pump();
    return {
      close: async () => {
        this.#handler = undefined;
        for (const controller of this.#active.values()) controller.abort();
        await Promise.allSettled(this.#running);
      },
    };
  }

  async close(): Promise<void> {
    this.down = true;
  }

  release(): void {
    this.held = false;
    this.#pump();
  }

  /** Resolves when nothing is delivered and nothing waits. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  lose(): void {
    this.#waiting.length = 0;
    this.#active.clear();
    this.#running.clear();
  }

  /** Hands a job to the worker once more, whatever the queue knows of it, as after a lost lock. */
  deliver(job: RunJob): Promise<void> {
    return this.#handler!(job, new AbortController().signal);
  }

  fail(id: string, reason: 'attempts' | 'stalled'): Promise<void> {
    return this.#onFailed!(id, reason);
  }

  #pump(): void {
    while (!this.held && this.#handler && this.#waiting.length > 0) {
      const running = this.#deliverNext(this.#waiting.shift()!).finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
  }

  async #deliverNext(id: string): Promise<void> {
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    const controller = new AbortController();
    this.#active.set(id, controller);
    try {
      await this.#handler!({ id, attempt }, controller.signal);
      this.#active.delete(id);
    } catch (error) {
      this.#active.delete(id);
      const unrecoverable = error instanceof Error && error.name === 'UnrecoverableError';
      if (!unrecoverable && attempt < this.attempts) {
        this.#waiting.push(id);
        this.#pump();
        return;
      }
      const reason = unrecoverable ? 'unrecoverable' : 'attempts';
      this.failures.push({ id, reason });
      await this.#onFailed?.(id, reason, error);
    }
  }

  #check(): void {
    if (this.down) throw new Error('connection refused');
  }
}

/** The registry as the view manager knows it: requests of instances, and what was granted. */
export class Desk implements PermissionDesk, Consent {
  readonly requests = new Map<string, readonly Permission[]>();
  readonly granted = new Map<string, Set<Right>>();
  down = false;
  #made = 0;

  async requestForInstance(
    appId: string,
    viewInstanceId: string,
    needed: readonly { readonly profile: string; readonly rights: readonly Right[] }[],
    message: string,
  ): Promise<readonly Permission[]> {
    if (this.down) throw new DatakeepError('storage-unreachable');
    const permissions = needed.map(({ profile, rights }): Permission => {
      this.#made += 1;
      const id = this.#made.toString(16).padStart(24, 'e');
      const requestedAt = '2026-01-01T00:00:00.000Z';
      return { id, appId, viewInstanceId, profile, requested: rights, granted: [], message, status: 'pending', requestedAt };
    });
    this.requests.set(viewInstanceId, permissions);
    return permissions;
  }

  async dropInstance(viewInstanceId: string): Promise<void> {
    this.requests.delete(viewInstanceId);
    for (const key of this.granted.keys()) if (key.startsWith(`${viewInstanceId} `)) this.granted.delete(key);
  }

  async ofInstance(viewInstanceId: string): Promise<readonly Permission[]> {
    return this.requests.get(viewInstanceId) ?? [];
  }

  grant(viewInstanceId: string, profile: string, rights: readonly Right[] = ['read']): void {
    this.granted.set(`${viewInstanceId} ${profile}`, new Set(rights));
  }

  revoke(viewInstanceId: string, profile: string): void {
    this.granted.delete(`${viewInstanceId} ${profile}`);
  }

  rightsOf(grantee: Grantee, profile: string): ReadonlySet<Right> {
    return (grantee.kind === 'view-instance' ? this.granted.get(`${grantee.viewInstanceId} ${profile}`) : undefined) ?? new Set();
  }
}

/** Answers fixed texts and remembers what it was asked. */
export class RecordingDoor implements EventDoor {
  readonly calls: unknown[][] = [];

  async ingest(caller: Caller, body: string): ReturnType<EventDoor['ingest']> {
    this.calls.push(['ingest', caller, body]);
    return { accepted: 1, duplicates: 0, events: [{ id: 'a'.repeat(24), acceptedDate: '2026-01-01T00:00:00.000Z', status: 'created' }] };
  }

  async query(caller: Caller, body: string): ReturnType<EventDoor['query']> {
    this.calls.push(['query', caller, body]);
    return { json: '{"items":[{},{}],"nextCursor":null}', items: 2 };
  }

  async list(): ReturnType<EventDoor['list']> {
    throw new DatakeepError('not-found');
  }

  async get(): ReturnType<EventDoor['get']> {
    throw new DatakeepError('not-found');
  }

  async modify(caller: Caller, id: string, body: string, ifMatch: string | undefined): ReturnType<EventDoor['modify']> {
    this.calls.push(['modify', caller, id, body, ifMatch]);
    return { json: `{"id":"${id}"}`, version: 2 };
  }

  async remove(caller: Caller, id: string, ifMatch: string | undefined): Promise<void> {
    this.calls.push(['remove', caller, id, ifMatch]);
  }
}

export class RecordingAudit implements Audit {
  readonly entries: AuditEntry[] = [];
  /** Entries are written only once this resolves. */
  gate: Promise<void> = Promise.resolve();

  async record(entry: AuditEntry): Promise<void> {
    await this.gate;
    this.entries.push(entry);
  }

  of(action: string): AuditEntry[] {
    return this.entries.filter((entry) => entry.action === action);
  }
}
