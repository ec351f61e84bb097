import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordedEndpoint, recordingConnectors } from '../data-endpoint/recorded-endpoint.fixture.ts';
import { openJavaScriptService } from '../testing.ts';

/** `look(value)` tries to reach `process` through whatever passes a replaced built-in. */
const looking = `
  const own = Function;
  const reached = [];
  let using = 'nothing';
  const look = (value) => {
    try {
      const made = value.constructor.constructor;
      if (made !== own && made('return typeof process')() !== 'undefined') reached.push(using);
    } catch {}
  };`;

const replacements = {
  'every constructor': `
    for (const name of ['Array', 'ArrayBuffer', 'Boolean', 'Date', 'Error', 'Map', 'Number', 'Object', 'Promise', 'Set',
      'String', 'Symbol', 'Uint8Array', 'WeakMap']) {
      const original = globalThis[name];
      globalThis[name] = new Proxy(original, {
        construct(target, values, newTarget) { values.forEach(look); return Reflect.construct(target, values,
          newTarget); },
        apply(target, receiver, values) { look(receiver); values.forEach(look);
          return Reflect.apply(target, receiver, values); },
        get(target, key) {
          const value = Reflect.get(target, key);
          return typeof value !== 'function' || key === 'prototype' ? value : function (...values) {
            values.forEach(look); return Reflect.apply(value, this, values); };
        },
      });
    }`,
  'every method of a prototype': `
    const { apply, defineProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
    const watched = (method) => method && function (...values) {
      look(this);
      for (let place = 0; place < values.length; place += 1) look(values[place]);
      return apply(method, this, values);
    };
    const prototypes = [Array, ArrayBuffer, Date, Error, Function, Map, Number, Object, Promise, RegExp, Set, String,
      Object.getPrototypeOf(Uint8Array), Uint8Array, WeakMap].map((made) => made.prototype);
    for (const prototype of prototypes) {
      for (const key of ownKeys(prototype)) {
        const property = getOwnPropertyDescriptor(prototype, key);
        if (key === 'constructor' || !property.configurable) continue;
        if ('value' in property) { if (typeof property.value === 'function') defineProperty(prototype, key,
          { ...property, value: watched(property.value) }); }
        else defineProperty(prototype, key, { ...property, get: watched(property.get), set: watched(property.set) });
      }
    }`,
};

const uses = {
  digest: "await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc'));",
  keys: `const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['encrypt']);
    await crypto.subtle.exportKey('raw', key);
    await crypto.subtle.encrypt({ name: 'AES-GCM', iv: crypto.getRandomValues(new Uint8Array(12)) }, key,
      new Uint8Array(8));`,
  'a pair of keys': `const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true,
    ['deriveBits']);
    await crypto.subtle.deriveBits({ name: 'ECDH', public: pair.publicKey }, pair.privateKey, 128);`,
  text:
    "new TextDecoder().decode(new TextEncoder().encode('x')); structuredClone({ a: [new Map([[1, " +
    'new Date()]])] });',
  URLs: "const url = new URL('http://x/?a=b'); url.searchParams.append('c', 'd'); url.search = '?e=f';",
  timers: 'await new Promise((resolve) => setTimeout(resolve, 0, 1)); queueMicrotask(() => {});',
  console: "console.log('%s %o', { a: 1 }, [1]); console.count();",
  keep: "await keep.events.query({ profile: 'walks' }); await keep.events.create([]).catch(() => {});",
  fetch: "const response = await fetch(parameters.dataEndpoint + '/app/v1/events'); await response.arrayBuffer();",
  files: "await import('./other.mjs'); require('./data.json'); await import('node:fs').catch(() => {});",
};

/** Nothing that the runner does for view code depends on built-ins that this code may have replaced. */
describe('JavaScript view code that has replaced', () => {
  let endpoint: RecordedEndpoint;
  let keep: Awaited<ReturnType<typeof openJavaScriptService>>;
  beforeAll(async () => {
    endpoint = await RecordedEndpoint.start();
    endpoint.answer = {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"items":[],"nextCursor":null}',
    };
    keep = await openJavaScriptService({ connectors: recordingConnectors().connectors });
  });
  afterAll(async () => {
    await keep.close();
    endpoint.close();
  });

  it('the array iterator before it first uses crypto, reaches no process and affects no later run', async () => {
    const names = [
      '__defineGetter__',
      '__defineSetter__',
      '__lookupGetter__',
      'valueOf',
      'constructor',
      'hasOwnProperty',
      'left',
      'digest',
    ];
    const sourceCodeId = await keep.upload(`module.exports = async () => {
      const { iterator } = Symbol;
      const original = Array.prototype[iterator];
      Array.prototype[iterator] = function* () {
        const names = this[0] === 'encrypt' ? ${JSON.stringify(names)} : this;
        for (let place = 0; place < names.length; place += 1) yield names[place];
      };
      const { subtle } = crypto;
      Array.prototype[iterator] = original;
      const found = [];
      const reach = (value) => {
        const process = value.constructor.constructor('return typeof process')();
        if (process !== 'undefined') found.push(process);
      };
      const look = function () {
        reach(this);
        this.constructor.constructor('globalThis.leftBehind = true')();
      };
      const tried = async (name, ...values) => {
        try { reach(await subtle[name]?.(...values)); } catch {}
      };
      await tried('left');
      await tried('__defineGetter__', 'left', look);
      await tried('__defineSetter__', 'right', look);
      for (const name of ['left', 'valueOf', 'constructor', '__lookupGetter__', 'hasOwnProperty']) await tried(name,
        'left');
      const digest = await subtle.digest('SHA-256', new Uint8Array(1));
      return { found, bytes: digest.byteLength };
    };`);
    for (let run = 0; run < 3; run += 1)
      expect(await keep.run(sourceCodeId)).toMatchObject({ state: 'succeeded', resultJson: '{"found":[],"bytes":32}' });
  });

  it.each(Object.entries(replacements))(
    '%s still has all that it is promised, and reaches no process through it',
    async (_, replacement) => {
      const steps = Object.entries(uses).map(
        ([name, use]) =>
          `using = '${name}'; await (async () => { ${use} })().then(() => done.push('${name}'), ` +
          `(error) => failed.push('${name}: ' + error));`,
      );
      const sourceCodeId = await keep.upload([
        {
          path: 'main.js',
          content:
            `module.exports = async (parameters, keep) => { ${looking} const done = []; ` +
            `const failed = []; ${replacement} ${steps.join('\n')} return { reached, done, failed }; };`,
        },
        { path: 'other.mjs', content: 'export default { a: 1 };' },
        { path: 'data.json', content: '{"a":[1]}' },
      ]);
      const outcome = await keep.run(sourceCodeId, {
        dataEndpoint: endpoint.origin,
        parametersJson: JSON.stringify({ dataEndpoint: endpoint.origin }),
        broker: { call: async () => ({ json: '{"items":[{"a":1}]}', items: 1 }) },
      });
      expect(outcome).toMatchObject({ state: 'succeeded' });
      expect(JSON.parse((outcome as { resultJson: string }).resultJson)).toEqual({
        reached: [],
        done: Object.keys(uses),
        failed: [],
      });
    },
  );
});
