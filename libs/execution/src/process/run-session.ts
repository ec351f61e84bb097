import { randomInt } from 'node:crypto';
import type { ExecutionOutcome, ExecutionRequest, Isolation } from '@datakeep/contracts';
import type { Clock, Timer } from '@datakeep/kernel';
import type { DataEndpoint } from '../data-endpoint/data-endpoint.ts';
import {
  endBytes,
  frameKinds,
  headLengthBytes,
  logLevels,
  maxArgumentBytes,
  maxFetchHeadBytes,
  maxOutputBytes,
  resultPrefixBytes,
} from '../frames/frames.ts';
import type { Language } from './language.ts';
import { cpuMs as ownCpuMs, familyOf, stateOf } from './process-figures.ts';
import type { Excess, ProcessWatch } from './process-watch.ts';
import { RunLogs } from './run-logs.ts';
import { RunRequests } from './run-requests.ts';
import { readFailure, reportedNumber, type Verdict, verdictOfChild, verdictOfExit } from './run-verdict.ts';
import type { Exit, Kill, ProcessListener, ViewProcess } from './view-process.ts';
import { resultFault } from './view-result.ts';

/**
 * A view prints by `console` only, which keeps to the limit; a process that sends this many times more does not run a
 * view's code as it should.
 */
const outputFactor = 16;
const leastOutputBytes = 256 * 1024;
const mib = 1024 * 1024;

/** Of one frame: 65,536 characters of at most 4 bytes, and their level. */
const maxLogBytes = 256 * 1024 + 1;

/** How long a child may take to be gone once it gave its answer. */
const childEndMs = 1000;

export interface SessionTools {
  readonly runs: Language['runs'];
  readonly clock: Clock;
  readonly watch: ProcessWatch;
  readonly isolation: Isolation;
  readonly endpoint: () => DataEndpoint;
}

export interface SessionResult {
  readonly outcome: ExecutionOutcome;
  /** Whether the process may serve another run: it lives, answered in order, and left nothing behind. */
  readonly reusable: boolean;
}

/**
 * Supervises one run in one process: serves its requests, reads its outcome, and kills at a limit. The process is
 * treated as an attacker.
 */
export class RunSession implements ProcessListener {
  readonly #process: ViewProcess;
  readonly #request: ExecutionRequest;
  readonly #tools: SessionTools;
  readonly #logs: RunLogs;
  readonly #id: number;
  readonly #requests: RunRequests;
  /** Undefined: the process is gone without one. */
  readonly #verdict = Promise.withResolvers<Verdict | undefined>();
  #exit: Exit | undefined;
  #cpuMs: number | undefined;
  #leftOver = false;
  /** A child's answer, until it has exited. */
  #answered: Verdict | undefined;
  #endTimer: Timer | undefined;
  #childPeak = 0;
  #over = false;

  constructor(process: ViewProcess, request: ExecutionRequest, tools: SessionTools) {
    this.#process = process;
    this.#request = request;
    this.#tools = tools;
    this.#logs = new RunLogs(request.limits.logBytes, () => tools.clock.now());
    this.#requests = new RunRequests({
      process,
      request,
      endpoint: tools.endpoint,
      breach: () => this.#breach(),
      exceed: (code, unit, limit, used) => this.#exceed(code, unit, limit, used),
      kill: (cause) => this.#kill(cause),
      warn: (text) => this.#logs.add('warn', text),
    });
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
    const cpuBefore = ownCpuMs(process.runtimePid);
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
    this.#requests.abort();
    this.#endTimer?.cancel();
    if (verdict) {
      this.#cpuMs ??= 0;
      process.cpuMs = this.#tools.runs === 'in-child' ? ownCpuMs(process.runtimePid) : cpuBefore + this.#cpuMs;
    }
    const peak = Math.max(watch.stop(pid), stateOf(process.runtimePid)?.residentBytes ?? 0, this.#childPeak);
    timer.cancel();
    signal.removeEventListener('abort', cancel);
    process.attach(undefined);
    process.resume();
    // A runtime that dies of its own error (a full heap, a fatal error) prints facts about the machine, not about the
    // view.
    if (!exit || exit.killed) this.#logs.releaseHeld('error');
    verdict ??= this.#answered ?? verdictOfExit(exit!, limits);
    const base = {
      logs: this.#logs.lines,
      isolation: this.#tools.isolation,
      usage: {
        wallMs: round(clock.monotonic() - started),
        cpuMs: round(this.#cpuMs === undefined ? 0 : exit ? Math.max(0, this.#cpuMs - cpuBefore) : this.#cpuMs),
        peakMemoryMiB: round(peak / mib),
        ...this.#requests.usage,
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
    const { failure, state = 'failed' } = verdict;
    return { outcome: { ...base, state, error: failure }, reusable };
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
        return maxLogBytes;
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
    if (kind === frameKinds.call) return void this.#requests.call(id, body[0] ?? 255, body.toString('utf8', 1));
    if (kind === frameKinds.fetch) return void this.#requests.fetch(id, body);
    if (id !== this.#id) return this.#breach();
    if (kind === frameKinds.log) {
      this.#logs.add(logLevels[body[0] ?? 1] ?? 'info', body.toString('utf8', 1));
      return this.#countOutput();
    }
    this.#over = true;
    this.#requests.end();
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
    this.#cpuMs = reportedNumber(body.readDoubleLE(0));
    this.#leftOver = body[8] !== 0;
    this.#logs.dropped += body.readUInt32LE(9);
    this.#decide(
      fault === undefined ? { resultJson: json } : { failure: { code: 'view-result-not-json', message: fault } },
    );
  }

  #failed(body: Buffer): void {
    const read = readFailure(body);
    if (!read) return this.#breach();
    this.#cpuMs = read.cpuMs;
    this.#logs.dropped += read.logBytesDropped;
    this.#decide({ failure: read.failure });
  }

  /** The answer of the run: final in a process of its own; a child must have exited as well. */
  #decide(verdict: Verdict): void {
    if (this.#tools.runs === 'in-process') return this.#verdict.resolve(verdict);
    this.#answered = verdict;
    this.#endTimer = this.#tools.clock.setTimer(childEndMs, () =>
      this.#kill({ code: 'view-crashed', message: 'The view process did not end.' }),
    );
  }

  #childEnded(body: Buffer): void {
    if (body.length !== endBytes) return this.#breach();
    this.#over = true;
    this.#requests.end();
    this.#cpuMs = body.readDoubleLE(0);
    this.#childPeak = body.readUInt32LE(8) * 1024;
    this.#verdict.resolve(this.#answered ?? verdictOfChild(body.readInt32LE(12), this.#cpuMs, this.#request.limits));
  }
}

/** CPU ms of a process and its living descendants. */
function cpuMsOf(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + ownCpuMs(member), 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
