import type { Bridge } from './bridge.ts';
import {
  encodeFrame,
  fetchParts,
  type FetchHead,
  frameKinds,
  maxArgumentBytes,
  maxFetchHeadBytes,
  readFetchParts,
  resultPrefixBytes,
  type RunnerFailure,
} from './frames.ts';
import { serialiseResult } from './json-result.ts';
import { copyInto, lendFunctions } from './lent-functions.ts';
import type { Modules } from './modules.ts';
import { makeRealm, type Realm } from './realm.ts';
import { RunLog } from './run-log.ts';
import { describeThrown } from './view-error.ts';

/** In the order of `brokerMethods` of the contracts; the supervisor checks the index. */
export const methodNames = [
  'events.query',
  'events.aggregate',
  'events.create',
  'events.modify',
  'events.delete',
] as const;

interface Call {
  readonly answered?: (json: string) => void;
  readonly responded?: (headJson: string, body: Uint8Array) => void;
  readonly refused: (code: string, message: string) => void;
}

/** One run in its own realm. The realm may be made long before the run starts; once over, nothing wakes its code again. */
export class Run {
  readonly #write: (frame: Buffer) => void;
  readonly #answered: () => void;
  readonly #realm: Realm;
  readonly #log: RunLog;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #calls = new Map<number, Call>();
  readonly #codes = new WeakMap<object, string>();
  #id = 0;
  #resultBytes = 0;
  #working = 0;
  #nextTimer = 1;
  #cpu = process.cpuUsage();
  #outcome: { readonly value: unknown } | { readonly thrown: unknown } | undefined;
  #over = false;
  #modules: Modules | undefined;
  static #nextCall = 1;

  /** `answered` is called once, when the run has told what came of it. */
  constructor(write: (frame: Buffer) => void, answered: () => void) {
    this.#write = write;
    this.#answered = answered;
    this.#log = new RunLog(write);
    this.#realm = makeRealm(this.#bridge());
  }

  start(id: number, modules: Modules, limits: { resultBytes: number; logBytes: number }, parametersJson: string): void {
    this.#id = id;
    this.#modules = modules;
    this.#resultBytes = limits.resultBytes;
    this.#log.start(id, limits.logBytes);
    this.#cpu = process.cpuUsage();
    void this.#begin(modules, parametersJson);
  }

  async #begin(modules: Modules, parametersJson: string): Promise<void> {
    try {
      const { exported } = await modules.enter(this.#realm).entry();
      if (typeof exported === 'function') return this.#realm.controls.start(exported, parametersJson);
      const wanted = modules.entry === 'main.mjs' ? 'export default a function' : 'set module.exports to a function';
      this.fail(this.#realm.controls.makeError('view-load-failed', `${modules.entry} must ${wanted}.`));
    } catch (error) {
      this.fail(error);
    }
  }

  answer(callId: number, json: string): void {
    this.#take(callId)?.answered?.(json);
  }

  respond(callId: number, frame: Buffer): void {
    const parts = readFetchParts(frame);
    if (parts)
      this.#take(callId)?.responded?.(
        JSON.stringify(parts.head),
        copyInto(this.#makeBytes(parts.body.length), parts.body),
      );
  }

  refuse(callId: number, code: string, message: string): void {
    this.#take(callId)?.refused(code, message);
  }

  /** The run has failed with `thrown`, even if it has returned in this very turn (a rejection that nobody handled). */
  fail(thrown: unknown): void {
    if (this.#over) return;
    if (this.#outcome && 'thrown' in this.#outcome) return;
    this.#end({ thrown });
  }

  #makeBytes(length: number): Uint8Array {
    return this.#realm.controls.makeBytes(length);
  }

  #take(callId: number): Call | undefined {
    const call = this.#calls.get(callId);
    this.#calls.delete(callId);
    return this.#over ? undefined : call;
  }

  #end(outcome: { readonly value: unknown } | { readonly thrown: unknown }): void {
    const first = this.#outcome === undefined;
    this.#outcome = outcome;
    // One more turn: rejections without a handler are told after the microtasks of this one.
    if (first) setImmediate(() => this.#report());
  }

  #report(): void {
    const outcome = this.#outcome!;
    const serialised = 'value' in outcome ? serialiseResult(outcome.value, this.#resultBytes) : undefined;
    this.#over = true;
    this.#log.flush();
    const leftOver = this.#timers.size > 0 || this.#calls.size > 0 || this.#working > 0;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const { user, system } = process.cpuUsage(this.#cpu);
    const cpuMs = (user + system) / 1000;
    if (serialised && 'json' in serialised) {
      const prefix = Buffer.alloc(resultPrefixBytes);
      prefix.writeDoubleLE(cpuMs, 0);
      prefix.writeUInt8(leftOver ? 1 : 0, 8);
      prefix.writeUInt32LE(Math.min(this.#log.dropped, 0xffff_ffff), 9);
      this.#write(encodeFrame(frameKinds.result, this.#id, prefix, serialised.json));
      return this.#answered();
    }
    const told = serialised ?? this.#describe('thrown' in outcome ? outcome.thrown : undefined);
    const failure: RunnerFailure = { ...told, cpuMs, logBytesDropped: this.#log.dropped };
    this.#write(encodeFrame(frameKinds.failed, this.#id, JSON.stringify(failure)));
    this.#answered();
  }

  #describe(thrown: unknown): Pick<RunnerFailure, 'code' | 'message' | 'file' | 'line'> {
    const code = typeof thrown === 'object' && thrown !== null ? this.#codes.get(thrown) : undefined;
    return describeThrown(thrown, code ?? 'view-threw', (path) => this.#modules?.has(path) ?? false);
  }

  #bridge(): Bridge {
    return {
      ...lendFunctions(
        (change) => {
          this.#working += change;
        },
        (length) => this.#makeBytes(length),
      ),
      ask: (method, argumentsJson, answered, refused) => {
        if (this.#over) return;
        if (argumentsJson.length > maxArgumentBytes)
          return refused('body-too-large', `The arguments of one call may take ${maxArgumentBytes} bytes.`);
        const id = Run.#nextCall++;
        this.#calls.set(id, { answered, refused });
        this.#log.flush();
        this.#write(
          encodeFrame(
            frameKinds.call,
            id,
            Uint8Array.of(methodNames.indexOf(method as (typeof methodNames)[number])),
            argumentsJson,
          ),
        );
      },
      fetch: (headJson, body, answered, refused) => {
        if (this.#over) return;
        // A copy through this realm's own constructor: what view code did to its typed arrays does not reach it.
        const bytes = typeof body === 'string' ? Buffer.from(body) : new Uint8Array(body);
        if (headJson.length > maxFetchHeadBytes / 3 || bytes.length > maxArgumentBytes)
          return refused(
            'body-too-large',
            `The body of one request may take ${maxArgumentBytes} bytes, its URL and headers ${maxFetchHeadBytes / 3}.`,
          );
        const id = Run.#nextCall++;
        this.#calls.set(id, { responded: answered, refused });
        this.#log.flush();
        this.#write(encodeFrame(frameKinds.fetch, id, ...fetchParts(JSON.parse(headJson) as FetchHead, bytes)));
      },
      mark: (error, code) => void this.#codes.set(error, code),
      log: (level, values) => {
        if (!this.#over) this.#log.add(level, values);
      },
      setTimer: (callback, delayMs, repeat) => {
        if (this.#over) return 0;
        const id = this.#nextTimer++;
        const fire = (): void => {
          if (!repeat) this.#timers.delete(id);
          if (!this.#over) this.#guard(callback);
        };
        this.#timers.set(id, repeat ? setInterval(fire, delayMs) : setTimeout(fire, delayMs));
        return id;
      },
      clearTimer: (id) => {
        clearTimeout(this.#timers.get(id));
        this.#timers.delete(id);
      },
      microtask: (callback) => queueMicrotask(() => this.#guard(callback)),
      done: (value) => {
        if (!this.#outcome) this.#end({ value });
      },
      failed: (error) => this.fail(error),
    };
  }

  #guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.fail(error);
    }
  }
}
