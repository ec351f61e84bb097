import vm from 'node:vm';

/**
 * Node's own, as they are; docs/api.md "View code" names them. Each is looked up when it is first used: Node loads
 * some of them late (undici takes 30 ms).
 */
const lent = [
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'crypto',
  'CryptoKey',
  'Headers',
  'queueMicrotask',
  'Response',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
] as const;

/** V8 has these in every context; the first would wake code after its run. */
const absent = ['FinalizationRegistry', 'WebAssembly'];

/** Kinds of objects that functions of Node return or throw; those are of Node's own context. */
const returned = [
  'Array',
  'ArrayBuffer',
  'Date',
  'Error',
  'Function',
  'Map',
  'Object',
  'Promise',
  'RangeError',
  'RegExp',
  'Set',
  'SyntaxError',
  'TypeError',
  'Uint8Array',
] as const;

/** What a fresh context's own built-ins are used for, taken before view code can replace them. */
export interface ViewContext {
  readonly context: vm.Context;
  readonly JSON: JSON;
  readonly Error: ErrorConstructor;
  readonly Object: ObjectConstructor;
  readonly Promise: PromiseConstructor;
}

const isInstance = Function.prototype[Symbol.hasInstance];

/**
 * A fresh context for one run: ECMAScript's globals are its own, what else view code is promised is Node's. Not a
 * boundary: that is the jail around the process, which serves one instance. Two runs of an instance share Node's
 * objects; those that are lent by name are frozen, so that no patch of `URL.prototype` reaches the next run.
 */
export function makeViewContext(own: { readonly console: object; readonly fetch: unknown }): ViewContext {
  // Without a contextified object there is no outer prototype behind `globalThis`, and look-ups are faster.
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, { name: 'view' });
  const { Atomics, Error, JSON, Object: ownObject, Promise } = context as typeof globalThis;
  for (const name of absent) Reflect.deleteProperty(context, name);
  Reflect.deleteProperty(Atomics, 'waitAsync');
  for (const name of lent) lendLate(context, name);
  for (const [name, value] of Object.entries(own)) define(context, name, value);
  for (const name of returned) recogniseNodes(context, name);

  // V8's list of call sites names the runner's files. Node looks for the function that receives it on the context's
  // `Error`.
  Object.defineProperty(Error, 'prepareStackTrace', { get: () => undefined, set: () => {} });
  Object.defineProperty(context, 'Error', { writable: false, configurable: false });
  return { context, JSON, Error, Object: ownObject, Promise };
}

function define(context: vm.Context, name: string, value: unknown): void {
  Object.defineProperty(context, name, { value, writable: true, configurable: true, enumerable: false });
}

function lendLate(context: vm.Context, name: (typeof lent)[number]): void {
  Object.defineProperty(context, name, {
    get: () => {
      const value = frozen(globalThis[name]);
      define(context, name, value);
      return value;
    },
    set: (value: unknown) => {
      define(context, name, value);
    },
    configurable: true,
  });
}

function frozen<T extends object>(value: T): T {
  const { prototype, subtle } = value as { readonly prototype?: object; readonly subtle?: object };
  for (const part of [value, prototype, subtle]) if (part) Object.freeze(part);
  return value;
}

/**
 * Makes `instanceof` hold for objects of Node's context: a clone's list is an `Array`, an error of `URL` a `TypeError`.
 */
function recogniseNodes(context: vm.Context, name: (typeof returned)[number]): void {
  const ours = globalThis[name];
  const theirs = (context as typeof globalThis)[name];
  Object.defineProperty(theirs, Symbol.hasInstance, {
    value(this: unknown, value: unknown) {
      return isInstance.call(this, value) || (this === theirs && value instanceof ours);
    },
  });
}
