import { randomInt } from 'node:crypto';
import { constants } from 'node:os';
import {
  brokerMethods,
  type ExecutionOutcome,
  type ExecutionRequest,
  type Isolation,
  type RunError,
} from '@datakeep/contracts';
import type { Clock, Timer } from '@datakeep/kernel';
import type { DataEndpoint } from '../data-endpoint/data-endpoint.ts';
import {
  endBytes,
  fetchParts,
  frameKinds,
  headLengthBytes,
  logLevels,
  maxArgumentBytes,
  maxFetchHeadBytes,
  maxOutputBytes,
  resultPrefixBytes,
  type RunnerFailure,
} from '../frames/frames.ts';
import { endpointRequestOf, refusalOf } from './view-requests.ts';
import type { Language } from './language.ts';
import { cpuMs as ownCpuMs, familyOf } from './process-figures.ts';
import type { Excess, ProcessWatch } from './process-watch.ts';
import { RunLogs } from './run-logs.ts';
import type { Exit, Kill, ProcessListener, ViewProcess } from './view-process.ts';
import { resultFault } from './view-result.ts';

/** Calls and argument bytes that one run may have open; beyond, its channel is not read. */
const maxOpenCalls = 16;
const maxOpenBytes = 8 * 1024 * 1024;
/**
 * A view prints by `console` only, which keeps to the limit; a process that sends this many times more does not run a
 * view's code as it should.
 */
const outputFactor = 16;
const leastOutputBytes = 256 * 1024;
const mib = 1024 * 1024;

/** How long a child may take to be gone once it gave its answer. */
const childEndMs = 1000;

export interface SessionTools {
  readonly runs: Language['runs'];
  readonly clock: Clock;
  readonly watch: ProcessWatch;
  readonly isolation: Isolation;
  /** Made at the first `fetch`: most runs have none. */
  readonly endpoint: () => DataEndpoint;
}

export interface SessionResult {
  readonly outcome: ExecutionOutcome;
  /** Whether the process may serve another run: it lives, answered in order, and left nothing behind. */
  readonly reusable: boolean;
}

type Verdict = { readonly resultJson: string } | { readonly failure: RunError; readonly state?: 'timed-out' };

/**
 * Supervises one run in one process: passes its calls to the broker, counts, and kills at a limit. The process is
 * treated as an attacker.
 */
export class RunSession implements ProcessListener {
  readonly #process: ViewProcess;
  readonly #request: ExecutionRequest;
  readonly #tools: SessionTools;
  readonly #logs: RunLogs;
  readonly #id: number;
  #endpoint: DataEndpoint | undefined;
  /** Ends what is still asked of the endpoint when the run does. */
  #asking: AbortController | undefined;
  /** Undefined: the process is gone without one. */
  readonly #verdict = Promise.withResolvers<Verdict | undefined>();
  #exit: Exit | undefined;
  #openCalls = 0;
  #openBytes = 0;
  #eventsRead = 0;
  #eventsWritten = 0;
  #bytesRead = 0;
  #cpuMs: number | undefined;
  #leftOver = false;
  /** What a child said, until it is gone. */
  #told: Verdict | undefined;
  #endTimer: Timer | undefined;
  #childPeak = 0;
  #over = false;

  constructor(process: ViewProcess, request: ExecutionRequest, tools: SessionTools) {
    this.#process = process;
    this.#request = request;
    this.#tools = tools;
    this.#logs = new RunLogs(request.limits.logBytes, () => tools.clock.now());
    process.runs += 1;
    // Not to be guessed: a process must not answer the next run beforehand.
    this.#id = randomInt(1, 2 ** 32);
  }

  async run(): Promise<SessionResult> {
    const { clock, watch } = this.#tools;
    const { limits, signal, parametersJson } = this.#request;
    const process = this.#process;
    const pid = process.pid!;
    const started = clock.monotonic();
    process.attach(this);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(limits.resultBytes, 0);
    head.writeUInt32LE(limits.logBytes, 4);
    process.send(frameKinds.run, this.#id, head, parametersJson);
    // Nothing it sends is read before this turn ends: what is looked at and set here costs the run no time.
    const cpuBefore = process.figures.cpuMs();
    const cancel = (): void => this.#kill({ code: 'view-cancelled', message: 'The run was cancelled.' });
    const timer = clock.setTimer(limits.wallTimeMs, () =>
      // Node's timers count from when their turn began: one may come a millisecond before its time.
      this.#exceed(
        'view-timed-out',
        'ms of wall time',
        limits.wallTimeMs,
        Math.max(limits.wallTimeMs, Math.round(clock.monotonic() - started)),
      ),
    );
    const bounds = {
      memoryBytes: limits.memoryMiB * mib,
      threads: limits.processes,
      cpuMs: cpuBefore + limits.cpuTimeMs,
    };
    watch.start(pid, bounds, (excess) => this.#onExcess(excess, cpuBefore));
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();

    let verdict = await this.#verdict.promise;
    const exit = this.#exit;
    this.#over = true;
    this.#asking?.abort();
    this.#endTimer?.cancel();
    if (verdict) {
      this.#cpuMs ??= 0;
      process.cpuMs = this.#tools.runs === 'in-child' ? process.figures.cpuMs() : cpuBefore + this.#cpuMs;
    }
    const peak = Math.max(watch.stop(pid), process.figures.residentBytes(), this.#childPeak);
    timer.cancel();
    signal.removeEventListener('abort', cancel);
    process.attach(undefined);
    process.resume();
    // A runtime that dies of its own error (a full heap, a fatal error) prints facts about the machine, not about the
    // view.
    if (!exit || exit.killed) this.#logs.releaseHeld('error');
    verdict ??= this.#told ?? { failure: this.#failureOf(exit!) };
    const base = {
      logs: this.#logs.lines,
      isolation: this.#tools.isolation,
      usage: {
        wallMs: round(clock.monotonic() - started),
        cpuMs: round(this.#cpuMs === undefined ? 0 : exit ? Math.max(0, this.#cpuMs - cpuBefore) : this.#cpuMs),
        peakMemoryMiB: round(peak / mib),
        eventsRead: this.#eventsRead,
        eventsWritten: this.#eventsWritten,
        bytesRead: this.#bytesRead,
        logBytesDropped: this.#logs.dropped,
      },
    };
    // A child takes with it what its run left.
    const reusable = this.#tools.runs === 'in-child' && exit === undefined;
    if ('resultJson' in verdict)
      return {
        outcome: { ...base, state: 'succeeded', resultJson: verdict.resultJson },
        reusable: reusable || (!exit && !this.#leftOver),
      };
    const { failure } = verdict;
    const state = verdict.state ?? (exit && endingOf(failure.code));
    return { outcome: { ...base, state: state ?? 'failed', error: failure }, reusable };
  }

  limitOf(kind: number): number {
    if (this.#tools.runs === 'in-child') {
      if (kind === frameKinds.ended) return endBytes;
      if (kind === frameKinds.output) return maxOutputBytes;
    }
    if (this.#over) return -1;
    switch (kind) {
      case frameKinds.call:
        return maxArgumentBytes + 1;
      case frameKinds.fetch:
        return headLengthBytes + maxFetchHeadBytes + maxArgumentBytes;
      case frameKinds.log:
        return 256 * 1024;
      case frameKinds.result:
        return this.#request.limits.resultBytes + resultPrefixBytes;
      case frameKinds.failed:
        return 64 * 1024;
      default:
        return -1;
    }
  }

  frame(kind: number, id: number, body: Buffer): void {
    if (kind === frameKinds.ended && id === this.#id) return this.#childEnded(body);
    if (kind === frameKinds.output && id === this.#id)
      return this.output(body[0] === 1 ? 'stderr' : 'stdout', body.subarray(1));
    if (this.#over) return;
    if (kind === frameKinds.call) return void this.#call(id, body[0] ?? 255, body.toString('utf8', 1));
    if (kind === frameKinds.fetch) return void this.#fetch(id, body);
    if (id !== this.#id) return this.#breach();
    if (kind === frameKinds.log) {
      this.#logs.add(logLevels[body[0] ?? 1] ?? 'info', body.toString('utf8', 1));
      return this.#countOutput();
    }
    this.#over = true;
    if (kind === frameKinds.result) return this.#result(body);
    this.#failed(body);
  }

  ended(exit: Exit): void {
    this.#exit = exit;
    this.#verdict.resolve(undefined);
  }

  output(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    if (stream === 'stdout') this.#logs.addOutput('info', chunk);
    else this.#logs.hold(chunk);
    this.#countOutput();
  }

  #countOutput(): void {
    const most = Math.max(leastOutputBytes, this.#request.limits.logBytes * outputFactor);
    if (this.#logs.received > most) this.#exceed('view-output-too-large', 'bytes of output', most, this.#logs.received);
  }

  #breach(): void {
    this.#kill({ code: 'view-crashed', message: 'The view process sent what it may not.' });
  }

  #onExcess({ what, used }: Excess, cpuBefore: number): void {
    const { memoryMiB, processes, cpuTimeMs } = this.#request.limits;
    if (what === 'memoryBytes') this.#exceed('view-out-of-memory', 'MiB of memory', memoryMiB, round(used / mib));
    else if (what === 'threads') this.#exceed('view-too-many-processes', 'threads', processes, used);
    else this.#exceed('view-cpu-exhausted', 'ms of CPU time', cpuTimeMs, used - cpuBefore);
  }

  #exceed(code: string, unit: string, limit: number, used: number): void {
    this.#kill({ code, message: `The run took ${used} ${unit}; it may take ${limit}.`, limit, used });
  }

  #kill(cause: Kill): void {
    if (!this.#process.alive) return;
    this.#cpuMs = cpuMsOf(this.#process.pid!);
    void this.#process.kill(cause);
  }

  #result(body: Buffer): void {
    if (body.length < resultPrefixBytes) return this.#breach();
    const json = body.toString('utf8', resultPrefixBytes);
    let fault: string | undefined;
    try {
      fault = resultFault(json);
    } catch {
      return this.#breach();
    }
    this.#cpuMs = figure(body.readDoubleLE(0));
    this.#leftOver = body[8] !== 0;
    this.#logs.dropped += body.readUInt32LE(9);
    this.#decide(
      fault === undefined ? { resultJson: json } : { failure: { code: 'view-result-not-json', message: fault } },
    );
  }

  #failed(body: Buffer): void {
    let told: Partial<RunnerFailure>;
    try {
      told = JSON.parse(body.toString()) as Partial<RunnerFailure>;
    } catch {
      return this.#breach();
    }
    const { code, message, file, line } = told;
    if (typeof code !== 'string' || typeof message !== 'string') return this.#breach();
    this.#cpuMs = figure(told.cpuMs);
    this.#logs.dropped += figure(told.logBytesDropped);
    this.#decide({
      failure: {
        code,
        message,
        ...(typeof file === 'string' ? { file } : {}),
        ...(typeof line === 'number' ? { line } : {}),
      },
    });
  }

  /** The run's own process has answered; a child has to be gone as well. */
  #decide(verdict: Verdict): void {
    if (this.#tools.runs === 'in-process') return this.#verdict.resolve(verdict);
    this.#told = verdict;
    this.#endTimer = this.#tools.clock.setTimer(childEndMs, () =>
      this.#kill({ code: 'view-crashed', message: 'The view process did not end.' }),
    );
  }

  #childEnded(body: Buffer): void {
    if (body.length !== endBytes) return this.#breach();
    this.#over = true;
    this.#cpuMs = body.readDoubleLE(0);
    this.#childPeak = body.readUInt32LE(8) * 1024;
    this.#verdict.resolve(this.#told ?? this.#verdictOf(body.readInt32LE(12)));
  }

  /** Of a child that is gone without an answer: its exit code, or minus the signal that ended it. */
  #verdictOf(end: number): Verdict {
    const signals = constants.signals;
    const usedUp = (this.#cpuMs ?? 0) >= this.#request.limits.cpuTimeMs;
    if (end === -signals.SIGXCPU || (end === -signals.SIGKILL && usedUp))
      return {
        failure: {
          code: 'view-cpu-exhausted',
          message: 'The run used up its CPU time.',
          limit: this.#request.limits.cpuTimeMs,
          used: this.#cpuMs ?? 0,
        },
        state: 'timed-out',
      };
    const how = end < 0 ? `by signal ${-end}` : `with exit code ${end}`;
    return { failure: { code: 'view-crashed', message: `The view process ended ${how}, without an answer.` } };
  }

  async #call(id: number, methodIndex: number, argumentsJson: string): Promise<void> {
    const method = brokerMethods[methodIndex];
    if (!method) return this.#breach();
    await this.#serve(id, argumentsJson.length, async () => {
      const { json, items } = await this.#request.broker.call(method, argumentsJson);
      const reads = method === 'events.query' || method === 'events.aggregate';
      const counted = this.#count(reads ? items : 0, reads ? 0 : Math.max(1, items), Buffer.byteLength(json));
      if (counted) this.#process.send(frameKinds.answer, id, json);
    });
  }

  async #fetch(id: number, body: Buffer): Promise<void> {
    const request = endpointRequestOf(body);
    if (!request) return this.#breach();
    await this.#serve(id, body.length, async () => {
      const room = Math.max(0, this.#request.limits.inputBytes - this.#bytesRead);
      this.#endpoint ??= this.#tools.endpoint();
      this.#asking ??= new AbortController();
      const answer = await this.#endpoint.ask(request, room, this.#asking.signal);
      if (this.#count(answer.eventsRead, answer.eventsWritten, answer.body.length))
        this.#process.send(
          frameKinds.response,
          id,
          ...fetchParts({ status: answer.status, headers: answer.headers }, answer.body),
        );
    });
  }

  /**
   * Answers one request of the view by `answer`, or with the refusal that it throws. While too many requests are open,
   * the channel is not read (back-pressure).
   */
  async #serve(id: number, bytes: number, answer: () => Promise<void>): Promise<void> {
    this.#openCalls += 1;
    this.#openBytes += bytes;
    if (this.#openCalls >= maxOpenCalls || this.#openBytes >= maxOpenBytes) this.#process.pause();
    try {
      await answer();
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code === 'view-input-too-large') this.#kill(refusal);
      if (!this.#over) this.#process.send(frameKinds.refusal, id, JSON.stringify(refusal));
    } finally {
      this.#openCalls -= 1;
      this.#openBytes -= bytes;
      if (this.#openCalls < maxOpenCalls && this.#openBytes < maxOpenBytes) this.#process.resume();
    }
  }

  /** Whether the answer may be sent. */
  #count(eventsRead: number, eventsWritten: number, bytes: number): boolean {
    if (this.#over) return false;
    const { inputEvents, inputBytes } = this.#request.limits;
    this.#eventsRead += eventsRead;
    this.#eventsWritten += eventsWritten;
    this.#bytesRead += bytes;
    if (this.#eventsRead <= inputEvents && this.#bytesRead <= inputBytes) return true;
    if (this.#eventsRead > inputEvents)
      this.#exceed('view-input-too-large', 'events of input', inputEvents, this.#eventsRead);
    else this.#exceed('view-input-too-large', 'bytes of input', inputBytes, this.#bytesRead);
    return false;
  }

  #failureOf(exit: Exit): RunError {
    const { resultBytes, cpuTimeMs } = this.#request.limits;
    if (exit.killed)
      return exit.killed.code === 'view-result-too-large' ? { ...exit.killed, limit: resultBytes } : exit.killed;
    // The kernel's own limit, in whole seconds over the process's life; the watch looks sooner.
    if (exit.signal === 'SIGXCPU')
      return { code: 'view-cpu-exhausted', message: 'The run used up its CPU time.', limit: cpuTimeMs };
    if (/heap out of memory|Allocation failed|OOM|memory allocation/i.test(exit.stderrTail))
      return { code: 'view-out-of-memory', message: "The view's JavaScript heap is full." };
    const how = exit.signal ? `by ${exit.signal}` : `with exit code ${exit.exitCode ?? 'unknown'}`;
    return { code: 'view-crashed', message: `The view process ended ${how}, without an answer.` };
  }
}

/** A number that the process reports of itself; only for display, so nonsense is 0. */
function figure(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}

function endingOf(code: string): 'timed-out' | 'cancelled' | undefined {
  return code === 'view-timed-out' || code === 'view-cpu-exhausted'
    ? 'timed-out'
    : code === 'view-cancelled'
      ? 'cancelled'
      : undefined;
}

/** CPU ms of a process and its living descendants. */
function cpuMsOf(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + ownCpuMs(member), 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
