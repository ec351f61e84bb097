import {
  encodeFrame,
  fetchParts,
  type FetchAnswerHead,
  type FetchHead,
  frameKinds,
  maxArgumentBytes,
  maxFetchHeadBytes,
  readFetchParts,
  resultPrefixBytes,
  type RunnerFailure,
} from '../../frames/frames.ts';
import { serialiseResult } from './json-result.ts';
import type { Modules } from './modules.ts';
import { RunLog } from './run-log.ts';
import { makeConsole } from './view-console.ts';
import { makeViewContext, type ViewContext } from './view-context.ts';
import { describeThrown, stackOf } from './view-error.ts';
import { type FetchAnswer, makeFetch } from './view-fetch.ts';

/** In the order of `brokerMethods` of the contracts; the supervisor checks the index. */
export const methodNames = [
  'events.query',
  'events.aggregate',
  'events.create',
  'events.modify',
  'events.delete',
] as const;

/** As an index of `logLevels`. */
const errorLevel = 3;

/** What the runner itself keeps open: the channel, and writes to it. */
const ownResources: ReadonlySet<string> = new Set(['PipeWrap', 'WriteWrap', 'ShutdownWrap']);

interface Call {
  readonly answered: (body: Buffer) => void;
  readonly refused: (error: Error) => void;
  /** Has the stack of the call: what is made when the refusal comes has none of the view's lines. */
  readonly refusal: Error;
}

/**
 * One run in a context of its own, which may be made long before the run starts. Once it is over, nothing of it
 * reaches the supervisor.
 */
export class Run {
  readonly #write: (frame: Buffer) => void;
  readonly #answered: () => void;
  readonly #view: ViewContext;
  readonly #log: RunLog;
  readonly #calls = new Map<number, Call>();
  readonly #codes = new WeakMap<object, string>();
  #id = 0;
  #resultBytes = 0;
  #cpu = process.cpuUsage();
  #outcome: { readonly value: unknown } | { readonly thrown: unknown } | undefined;
  #over = false;
  #modules: Modules | undefined;
  static #nextCall = 1;

  /** `answered` is called once, when the outcome of the run is written. */
  constructor(write: (frame: Buffer) => void, answered: () => void) {
    this.#write = write;
    this.#answered = answered;
    this.#log = new RunLog(write);
    this.#view = makeViewContext({
      console: makeConsole((level, values) => {
        if (!this.#over) this.#log.add(level, values);
      }),
      fetch: makeFetch(
        (head, body, refusal) => this.#fetch(head, body, refusal),
        () => new this.#view.Error(),
      ),
    });
  }

  start(id: number, modules: Modules, limits: { resultBytes: number; logBytes: number }, parametersJson: string): void {
    this.#id = id;
    this.#modules = modules;
    this.#resultBytes = limits.resultBytes;
    this.#log.start(id, limits.logBytes);
    this.#cpu = process.cpuUsage();
    void this.#run(modules, parametersJson);
  }

  async #run(modules: Modules, parametersJson: string): Promise<void> {
    try {
      const { exported } = await modules
        .enter(this.#view, (message) => this.#error('view-load-failed', message))
        .entry();
      if (typeof exported !== 'function') {
        const wanted = modules.entry === 'main.mjs' ? 'export default a function' : 'set module.exports to a function';
        throw this.#error('view-load-failed', `${modules.entry} must ${wanted}.`);
      }
      const value: unknown = await exported(this.#view.JSON.parse(parametersJson), this.#keep());
      if (!this.#outcome) this.#end({ value });
    } catch (error) {
      this.fail(error);
    }
  }

  answer(callId: number, body: Buffer): void {
    this.#take(callId)?.answered(body);
  }

  refuse(callId: number, code: string, message: string): void {
    const call = this.#take(callId);
    if (!call) return;
    call.refusal.message = message;
    call.refused(this.#coded(call.refusal, code));
  }

  /** The run has failed with `thrown`, even if it has returned in this very turn (a rejection without a handler). */
  fail(thrown: unknown): void {
    if (this.#over) return;
    if (this.#outcome && 'thrown' in this.#outcome) return;
    this.#end({ thrown });
  }

  #take(callId: number): Call | undefined {
    const call = this.#calls.get(callId);
    this.#calls.delete(callId);
    return this.#over ? undefined : call;
  }

  #end(outcome: { readonly value: unknown } | { readonly thrown: unknown }): void {
    const first = this.#outcome === undefined;
    this.#outcome = outcome;
    // One more turn: rejections without a handler are reported after the microtasks of this one.
    if (first) setImmediate(() => this.#report());
  }

  #report(): void {
    const outcome = this.#outcome!;
    const ended =
      'value' in outcome ? serialiseResult(outcome.value, this.#resultBytes) : this.#describe(outcome.thrown);
    this.#over = true;
    this.#log.flush();
    // The supervisor ends a process with timers or calls of a run that is over.
    const leftOver = this.#calls.size > 0 || process.getActiveResourcesInfo().some((name) => !ownResources.has(name));
    const { user, system } = process.cpuUsage(this.#cpu);
    const cpuMs = (user + system) / 1000;
    if ('json' in ended) {
      const prefix = Buffer.alloc(resultPrefixBytes);
      prefix.writeDoubleLE(cpuMs, 0);
      prefix.writeUInt8(leftOver ? 1 : 0, 8);
      prefix.writeUInt32LE(Math.min(this.#log.dropped, 0xffff_ffff), 9);
      this.#write(encodeFrame(frameKinds.result, this.#id, prefix, ended.json));
      return this.#answered();
    }
    const failure: RunnerFailure = { ...ended, cpuMs, logBytesDropped: this.#log.dropped };
    this.#write(encodeFrame(frameKinds.failed, this.#id, JSON.stringify(failure)));
    this.#answered();
  }

  #describe(thrown: unknown): Pick<RunnerFailure, 'code' | 'message' | 'file' | 'line'> {
    const code = typeof thrown === 'object' && thrown !== null ? this.#codes.get(thrown) : undefined;
    const failure = describeThrown(thrown, code, (path) => this.#modules?.has(path) ?? false);
    if (failure.file !== undefined) this.#log.add(errorLevel, [stackOf(thrown)]);
    return failure;
  }

  /** An error that carries `code` for view code to read, and ends the run with it when it is not caught. */
  #error(code: string, message: string): Error {
    return this.#coded(new this.#view.Error(message), code);
  }

  #coded(error: Error, code: string): Error {
    this.#codes.set(error, code);
    return Object.assign(error, { code });
  }

  #keep(): object {
    const { JSON: json, Promise: ViewPromise } = this.#view;
    const ask =
      (method: number) =>
      (...values: unknown[]): Promise<unknown> =>
        new ViewPromise((resolve, reject) => {
          const args = values.slice(0, values.findLastIndex((value) => value !== undefined) + 1);
          const argumentsJson = json.stringify(args);
          if (Buffer.byteLength(argumentsJson) > maxArgumentBytes)
            throw this.#error('body-too-large', `The arguments of one call may take ${maxArgumentBytes} bytes.`);
          const answered = (body: Buffer): void => resolve(json.parse(body.toString()));
          this.#call(
            { answered, refused: reject, refusal: new this.#view.Error() },
            frameKinds.call,
            Uint8Array.of(method),
            argumentsJson,
          );
        });
    const events = methodNames.map((name, method) => [name.slice('events.'.length), ask(method)]);
    return Object.freeze({ events: Object.freeze(Object.fromEntries(events)) });
  }

  #fetch(head: FetchHead, body: Uint8Array, refusal: Error): Promise<FetchAnswer> {
    return new Promise((resolve, reject) => {
      const most = Math.floor(maxFetchHeadBytes / 3);
      if (JSON.stringify(head).length > most || body.length > maxArgumentBytes)
        throw this.#error(
          'body-too-large',
          `The body of one request may take ${maxArgumentBytes} bytes, its URL and headers ${most}.`,
        );
      const answered = (frame: Buffer): void => {
        const parts = readFetchParts(frame)!;
        resolve({ head: parts.head as FetchAnswerHead, body: new Uint8Array(parts.body) });
      };
      this.#call({ answered, refused: reject, refusal }, frameKinds.fetch, ...fetchParts(head, body));
    });
  }

  #call(call: Call, kind: number, ...parts: (string | Uint8Array)[]): void {
    if (this.#over) return;
    const id = Run.#nextCall++;
    this.#calls.set(id, call);
    this.#log.flush();
    this.#write(encodeFrame(kind, id, ...parts));
  }
}
