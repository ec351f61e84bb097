import type { Bridge } from './bridge.ts';

export interface RealmControls {
  /** Calls the entry function and reports to the bridge when its promise settles. */
  start(entry: unknown, parametersJson: string): void;
  parseJson(text: string): unknown;
  /** An error of the realm that carries `code` for view code to read. */
  makeError(code: string, message: string): object;
  makeModule(): { exports: unknown };
  makeBytes(length: number): Uint8Array;
  makeRequire(require: (specifier: string) => { value: unknown } | { error: unknown }): (specifier: string) => unknown;
}

/**
 * Runs inside a fresh realm: functions of the bridge as the realm's code uses them. Whatever a lent function throws is an object of
 * the outer realm (a stack that overflows inside it is enough), so it is replaced here by an error of this realm.
 */
export function guardBridge(lent: Bridge): Bridge {
  const { apply, ownKeys } = Reflect;
  const guarded: Record<string, unknown> = {};
  for (const name of ownKeys(lent) as (keyof Bridge)[]) {
    const value = lent[name] as (...values: unknown[]) => unknown;
    guarded[name] = (...values: unknown[]): unknown => {
      try {
        return apply(value, undefined, values);
      } catch {
        throw new RangeError('The call did not succeed: out of stack or memory.');
      }
    };
  }
  return guarded as unknown as Bridge;
}

/**
 * Runs inside a fresh realm: defines globals that are made when one of their group is first asked for, since most runs ask for none of them. View code may have replaced every built-in until
 * then; nothing that makes them has more at hand than view code.
 */
export function defineLate<T extends object>(names: readonly (keyof T & string)[], make: () => T): () => T {
  const { defineProperty } = Object;
  let made: T | undefined;
  const group = (): T => (made ??= make());
  for (const name of names)
    defineProperty(globalThis, name, {
      get: () => group()[name],
      set: (value: unknown) =>
        void defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false }),
      configurable: true,
    });
  return group;
}

/**
 * Runs inside a fresh realm (its source text is compiled there), so it may use nothing but its arguments and the
 * realm's own globals. Defines `console` and timers, and gives the runner its handles.
 */
export function installCore(bridge: Bridge): RealmControls {
  const { parse, stringify } = JSON;
  const Bytes = Uint8Array;
  const define = (name: string, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  };
  const makeError = (code: string, message: string): Error & { code: string } => {
    const error = new Error(message) as Error & { code: string };
    error.code = code;
    bridge.mark(error, code);
    return error;
  };

  // These wake code after its run is over, without a timer that the runner could clear.
  Reflect.deleteProperty(Atomics, 'waitAsync');
  Reflect.deleteProperty(globalThis, 'FinalizationRegistry');
  Reflect.deleteProperty(globalThis, 'WebAssembly');

  // V8's list of call sites names the runner's files. Node looks for the function that would be handed it on the realm's global `Error`.
  const { defineProperty } = Object;
  defineProperty(Error, 'prepareStackTrace', { get: () => undefined, set: () => undefined, configurable: false });
  defineProperty(globalThis, 'Error', { writable: false, configurable: false });

  const level =
    (index: number) =>
    (...values: unknown[]): void =>
      bridge.log(index, values);
  const noop = (): void => undefined;
  const counts = new Map<string, number>();
  const started = new Map<string, number>();
  define('console', {
    debug: level(0),
    trace: level(0),
    log: level(1),
    info: level(1),
    dir: (value: unknown) => bridge.log(1, [value]),
    table: (value: unknown) => bridge.log(1, [value]),
    group: level(1),
    groupCollapsed: level(1),
    groupEnd: noop,
    warn: level(2),
    error: level(3),
    assert: (held: unknown, ...values: unknown[]) => {
      if (!held) bridge.log(3, ['Assertion failed', ...values]);
    },
    count: (label: unknown = 'default') => {
      const count = (counts.get(String(label)) ?? 0) + 1;
      counts.set(String(label), count);
      bridge.log(1, [`${String(label)}: ${count}`]);
    },
    countReset: (label: unknown = 'default') => void counts.delete(String(label)),
    time: (label: unknown = 'default') => void started.set(String(label), Date.now()),
    timeEnd: (label: unknown = 'default') => {
      bridge.log(1, [`${String(label)}: ${Date.now() - (started.get(String(label)) ?? Date.now())} ms`]);
      started.delete(String(label));
    },
  });

  const timer = (repeat: boolean) => {
    return (callback: unknown, delay: unknown = 0, ...values: unknown[]): number => {
      if (typeof callback !== 'function') throw new TypeError('The callback of a timer must be a function.');
      return bridge.setTimer(() => void callback(...values), Number(delay) || 0, repeat);
    };
  };
  const clear = (id: unknown): void => bridge.clearTimer(Number(id));
  const setTimer = timer(false);
  define('setTimeout', setTimer);
  define('setInterval', timer(true));
  define('setImmediate', (callback: unknown, ...values: unknown[]) => setTimer(callback, 0, ...values));
  define('clearTimeout', clear);
  define('clearInterval', clear);
  define('clearImmediate', clear);
  define('queueMicrotask', (callback: unknown) => {
    if (typeof callback !== 'function') throw new TypeError('The callback of queueMicrotask must be a function.');
    bridge.microtask(() => void callback());
  });

  const ask =
    (method: string) =>
    (...values: unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        while (values.length > 0 && values[values.length - 1] === undefined) values.pop();
        bridge.ask(
          method,
          stringify(values),
          (json) => resolve(parse(json)),
          (code, message) => reject(makeError(code, message)),
        );
      });
  const keep = Object.freeze({
    events: Object.freeze({
      query: ask('events.query'),
      aggregate: ask('events.aggregate'),
      create: ask('events.create'),
      modify: ask('events.modify'),
      delete: ask('events.delete'),
    }),
  });

  return {
    start(entry, parametersJson) {
      const run = async (): Promise<unknown> =>
        (entry as (parameters: unknown, keep: unknown) => unknown)(parse(parametersJson), keep);
      run().then(
        (value) => bridge.done(value),
        (error: unknown) => bridge.failed(error),
      );
    },
    parseJson: (text) => parse(text) as unknown,
    makeError,
    makeModule: () => ({ exports: {} }),
    makeBytes: (length) => new Bytes(length),
    makeRequire: (require) => (specifier) => {
      const wanted = String(specifier);
      let answer: { value: unknown } | { error: unknown };
      try {
        answer = require(wanted);
      } catch {
        throw new RangeError('The file could not be loaded: out of stack or memory.');
      }
      if ('error' in answer) throw answer.error;
      return answer.value;
    },
  };
}
