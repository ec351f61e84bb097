import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionOutcome, ExecutionRequest } from '@datakeep/contracts';
import { attackBeside } from '../process/attack.fixture.ts';
import { openJavaScriptService } from '../testing.ts';

/** What hostile or broken view code gets: a clear failure, while the keep answers on. */
describe('JavaScript view code that misbehaves', () => {
  let keep: Awaited<ReturnType<typeof openJavaScriptService>>;
  let probe: string;

  beforeAll(async () => {
    keep = await openJavaScriptService({ processes: 3 });
    probe = await keep.upload('module.exports = () => 42;');
  });
  afterAll(() => keep.close());

  const attack = (source: string, request?: Partial<ExecutionRequest>): Promise<ExecutionOutcome> =>
    attackBeside(keep, probe, source, request);

  const view = (body: string): string => `module.exports = async (parameters, keep) => { ${body} };`;

  it.each<[string, string, Record<string, unknown>]>([
    [
      'throws',
      view("throw new TypeError('bad');"),
      { state: 'failed', error: { code: 'view-threw', message: 'TypeError: bad', file: 'main.js', line: 1 } },
    ],
    ['throws nothing that is an error', view('throw null;'), { state: 'failed', error: { code: 'view-threw' } }],
    [
      'throws a trap',
      view('throw new Proxy({}, { get() { throw 1; } });'),
      { state: 'failed', error: { code: 'view-threw' } },
    ],
    ['loops for ever', view('for (;;);'), { state: 'timed-out', error: { code: 'view-timed-out' } }],
    [
      'chains promises for ever',
      view('for (;;) await null;'),
      { state: 'timed-out', error: { code: 'view-timed-out' } },
    ],
    [
      'leaves a promise chain without end',
      view('(async () => { for (;;) await null; })(); return 1;'),
      { state: 'timed-out' },
    ],
    [
      'waits for ever',
      view('await new Promise(() => undefined);'),
      { state: 'timed-out', error: { code: 'view-timed-out' } },
    ],
    [
      'blocks in Atomics.wait',
      view('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);'),
      { state: 'timed-out' },
    ],
    [
      'backtracks in a regular expression with a backreference',
      view("return /^(a*)*\\1b$/.test('a'.repeat(40));"),
      { state: 'timed-out' },
    ],
    [
      'fills buffers',
      view('const all = []; for (;;) all.push(new Uint8Array(5_000_000).fill(1));'),
      { state: 'failed', error: { code: 'view-out-of-memory' } },
    ],
    [
      'allocates more at once than the kernel gives it',
      view('return new Uint8Array(2 ** 32).length;'),
      { state: 'failed', error: { code: 'view-out-of-memory' } },
    ],
    [
      'fills the heap',
      view('const all = []; for (;;) all.push({ all });'),
      { state: 'failed', error: { code: 'view-out-of-memory' } },
    ],
    [
      'fills strings',
      view("const all = []; for (let n = 0; ; n++) all.push(('x' + n).repeat(100_000).toUpperCase());"),
      { state: 'failed', error: { code: 'view-out-of-memory' } },
    ],
    [
      'recurses without end',
      view('const deeper = () => deeper() + 1; return deeper();'),
      { state: 'failed', error: { code: 'view-threw', message: expect.stringContaining('RangeError') } },
    ],
    [
      'returns 100 MB',
      view("return 'x'.repeat(100_000_000);"),
      { state: 'failed', error: { code: 'view-result-too-large' } },
    ],
    [
      'returns a hundred million entries',
      view('const list = []; list.length = 100_000_000; return list;'),
      { state: 'failed', error: { code: 'view-result-too-large' } },
    ],
    [
      'rejects and nobody handles it',
      view("Promise.reject(new Error('lost')); return 1;"),
      { state: 'failed', error: { code: 'view-threw', message: 'lost' } },
    ],
    [
      'throws in a timer',
      view("setTimeout(() => { throw new Error('late'); }, 5); await new Promise(() => undefined);"),
      { state: 'failed', error: { code: 'view-threw', message: 'late' } },
    ],
    [
      'throws in a microtask',
      view("queueMicrotask(() => { throw new Error('soon'); }); await new Promise(() => undefined);"),
      { state: 'failed', error: { code: 'view-threw', message: 'soon' } },
    ],
    [
      'calls fetch',
      view("await fetch('http://127.0.0.1:1/');"),
      { state: 'failed', error: { code: 'view-network-denied' } },
    ],
    [
      'requires fs',
      "const fs = require('fs'); module.exports = () => 1;",
      { state: 'failed', error: { code: 'view-load-failed', file: 'main.js' } },
    ],
    [
      'requires node:child_process',
      view("require('node:child_process');"),
      { state: 'failed', error: { code: 'view-load-failed' } },
    ],
    ['requires node:sqlite', view("require('node:sqlite');"), { state: 'failed', error: { code: 'view-load-failed' } }],
    ['imports node:net', view("await import('node:net');"), { state: 'failed', error: { code: 'view-load-failed' } }],
    [
      'uses process',
      view('process.exit(0);'),
      { state: 'failed', error: { code: 'view-threw', message: expect.stringContaining('ReferenceError') } },
    ],
    ['exports no function', 'module.exports = 5;', { state: 'failed', error: { code: 'view-load-failed' } }],
    [
      'throws while it is loaded',
      "throw new Error('early');",
      { state: 'failed', error: { code: 'view-threw', message: 'early', line: 1 } },
    ],
  ])('that %s fails clearly', async (_what, source, expected) => {
    // The attacks that must hit another limit than wall time get 20 s: filling a heap spends seconds in garbage
    // collection on a busy machine.
    const wallTimeMs = { failed: 20_000, 'timed-out': 400 }[String(expected['state'])] ?? 1000;
    expect(await attack(source, { limits: { ...keep.service.defaultLimits, wallTimeMs } })).toMatchObject(expected);
  });

  it.each<[string, string]>([
    ['NaN', 'NaN'],
    ['Infinity in a list', '[Infinity]'],
    ['a BigInt', '({ n: 1n })'],
    ['a function', '(() => 1)'],
    ['a symbol', "[Symbol('x')]"],
    ['a cycle', '(() => { const a = {}; a.a = a; return a; })()'],
    ['a map', 'new Map()'],
    ['10,000 levels', "JSON.parse('['.repeat(10_000) + ']'.repeat(10_000))"],
    ['__proto__', 'JSON.parse(\'{"a":{"__proto__":1}}\')'],
    ['half of a surrogate pair', "['\\ud800']"],
    ['a member name with half of a surrogate pair', "({ '\\udc00': 1 })"],
    ['a getter that throws', '({ get x() { throw new Error("no"); } })'],
    ['a toJSON that throws', '({ toJSON() { throw new Error("no"); } })'],
    ['a toJSON that goes deep', "({ toJSON: () => JSON.parse('['.repeat(100) + ']'.repeat(100)) })"],
  ])('that returns %s fails as no JSON', async (_what, expression) => {
    const sourceCodeId = await keep.upload(view(`return ${expression};`));
    expect(await keep.run(sourceCodeId)).toMatchObject({ state: 'failed', error: { code: 'view-result-not-json' } });
  });

  it('that prints without end keeps its log short and reaches its time limit', async () => {
    const outcome = await attack(view("for (;;) console.log('again and again and again');"));
    expect(outcome).toMatchObject({ state: 'timed-out' });
    const kept = outcome.logs.reduce((bytes, { text }) => bytes + text.length, 0);
    expect(kept).toBeGreaterThan(5_000);
    expect(kept).toBeLessThanOrEqual(keep.service.defaultLimits.logBytes);
  });

  it('that is killed in a loop has its lines from before it in the log', async () => {
    const outcome = await attack(view("console.log('before'); for (;;);"));
    expect(outcome.logs).toMatchObject([{ level: 'info', text: 'before' }]);
  });

  it('that prints many lines and returns has them in order', async () => {
    const outcome = await attack(view('for (let n = 0; n < 500; n++) console.log(n); return 1;'));
    expect(outcome.logs.map(({ text }) => text)).toEqual(Array.from({ length: 500 }, (_, n) => String(n)));
  });

  it('that prints more than the limit is told how much was dropped', async () => {
    const outcome = await attack(
      view("console.log('x'.repeat(60_000)); console.log('y'.repeat(60_000)); console.log('z'); return 1;"),
    );
    expect(outcome).toMatchObject({ state: 'succeeded' });
    expect(outcome.usage.logBytesDropped).toBeGreaterThan(50_000);
  });

  it('cannot reach the process through any object that it is given', async () => {
    const outcome = await attack(`
      const attempts = {};
      // What Node lends refuses to compile a string; an error of that refusal is Node's as well.
      const made = (value) => {
        try { return value.constructor.constructor('return typeof process')(); }
        catch (error) { return error.name === 'EvalError' ? 'refused' : made(error); }
      };
      const reach = (name, value) => { attempts[name] = made(value); };
      module.exports = async function (parameters, keep) {
        reach('this', globalThis); reach('parameters', parameters); reach('keep', keep);
        reach('query', keep.events.query);
        for (const name of Object.getOwnPropertyNames(globalThis)) {
          const value = globalThis[name];
          if (value === null || value === undefined) continue;
          reach(name, value);
          if (typeof value === 'function' && value.prototype) reach(name + '.prototype', value.prototype);
        }
        for (const name of ['log', 'dir']) reach('console.' + name, console[name]);
        reach('require', require); reach('module', module); reach('exports', exports);
        reach('promise', keep.events.query({}));
        reach('answer', await keep.events.query({}));
        reach('timer', setTimeout(() => {}, 0));
        await keep.events.create(1n).catch((error) => reach('own error', error));
        await import('node:fs').catch((error) => reach('import error', error));
        try { require('fs'); } catch (error) { reach('require error', error); }
        try { new URL('::'); } catch (error) { reach('URL error', error); }
        try { new TextDecoder('nope'); } catch (error) { reach('decoder error', error); }
        try { crypto.getRandomValues(1); } catch (error) { reach('random error', error); }
        try { (function deep() { keep.events.query(deep()); })(); } catch (error) { reach('overflow', error); }
        try { (function deep() { try { deep(); } finally { new URL('http://x'); } })(); } catch (error) {
          reach('overflow in URL', error); }
        for (const use of [() => console.log({}), () => require('./missing'), () => structuredClone({}),
          () => new TextEncoder().encode('x'), () => crypto.randomUUID(), () => setTimeout(() => {}, 1)])
          try { (function deep() { try { deep(); } catch { use(); } })(); } catch (error) {
            reach('overflow in ' + use, error); }
        await crypto.subtle.digest('nope', new Uint8Array(1)).catch((error) => reach('subtle error', error));
        reach('digest', await crypto.subtle.digest('SHA-256', new Uint8Array(1)));
        reach('key', await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']));
        reach('encoded', new TextEncoder().encode('x'));
        reach('clone', structuredClone({ a: [new Date(0)] }));
        console.log({ [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) { reach('inspect', inspect);
          return ''; } });
        Error.prepareStackTrace = (error, sites) => {
          for (const site of sites) { const f = site.getFunction(); const t = site.getThis(); if (f) reach('site', f);
            if (t) reach('site this', t); }
          return '';
        };
        void new Error('x').stack;
        try { reach('callee', arguments.callee); if (arguments.callee.caller) reach('caller', arguments.callee.caller);
          } catch (error) { reach('caller error', error); }
        return attempts;
      };`);
    const attempts =
      outcome.state === 'succeeded'
        ? (JSON.parse(outcome.resultJson) as Record<string, string>)
        : { error: JSON.stringify(outcome) };
    expect(Object.entries(attempts).filter(([, found]) => found !== 'undefined' && found !== 'refused')).toEqual([]);
    expect(Object.keys(attempts).length).toBeGreaterThan(100);
  });

  it('leaves no patched prototype or built-in to the next run of its own instance', async () => {
    const sourceCodeId = await keep.upload(
      view(`
        const seen = [({}).polluted, [].polluted, JSON.parse('1'), typeof URL.prototype.extra, globalThis.mark,
          typeof Promise.prototype.extra, String(Math.max(1, 2))];
        Object.prototype.polluted = 'yes'; Array.prototype.polluted = 'yes'; JSON.parse = () => 'patched';
        URL.prototype.extra = () => 1;
        globalThis.mark = 'yes'; Promise.prototype.extra = () => 1; Math.max = () => 'patched';
        Function.prototype.call = null; Object.freeze = null;
        return seen.map(String);`),
    );
    for (let run = 0; run < 3; run++) {
      const outcome = await keep.run(sourceCodeId);
      expect(outcome.state === 'succeeded' && JSON.parse(outcome.resultJson)).toEqual([
        'undefined',
        'undefined',
        '1',
        'undefined',
        'undefined',
        'undefined',
        '2',
      ]);
    }
  });

  it('is not woken by its own timers, calls and promises once it has returned', async () => {
    const sourceCodeId = await keep.upload(
      view(`
        setInterval(() => console.log('timer'), 1); keep.events.query({}).then(() => console.log('answer'));
        setTimeout(() => keep.events.delete('x'), 2); return 'done';`),
    );
    const methods: string[] = [];
    const answer = Promise.withResolvers<{ json: string; items: number }>();
    const outcome = await keep.run(sourceCodeId, {
      broker: { call: (method) => (methods.push(method), answer.promise) },
    });
    answer.resolve({ json: '{"items":[]}', items: 0 });
    expect(outcome).toMatchObject({ state: 'succeeded', resultJson: '"done"', logs: [] });
    expect(await keep.run(sourceCodeId)).toMatchObject({ state: 'succeeded', logs: [] });
    expect(methods).toEqual(['events.query']);
  });

  it('is not woken in a later run by the collection of what it left', async () => {
    const sourceCodeId = await keep.upload(`
      const registry = typeof FinalizationRegistry === 'undefined' ? undefined : new FinalizationRegistry(() => {
        for (;;); });
      module.exports = async ({ leave }) => {
        if (leave) for (let n = 0; n < 1000; n += 1) registry?.register({ n }, n);
        // Enough for several collections, each with a turn of the event loop after it.
        else for (let n = 0; n < 30; n += 1) await new Promise((resolve) =>
          setTimeout(resolve, 0, new Array(1e6).fill(n)));
      };`);
    for (const parametersJson of ['{"leave":true}', '{}', '{}'])
      expect(await keep.run(sourceCodeId, { parametersJson })).toMatchObject({ state: 'succeeded' });
  });

  it('tells nothing of the runner in its errors and logs', async () => {
    const outcome = await attack(
      view("console.log(new Error('here')); console.error(new Error('there').stack); throw new Error('end');"),
    );
    const told = JSON.stringify(outcome);
    expect(told).toContain('main.js');
    expect(told).not.toMatch(/file:|node:|datakeep:|runner|libs/);
  });

  it('finds its own lines in a stack, wherever it looks, and nothing of the keep', async () => {
    const outcome = await attack(`
      const atTop = new Error().stack;
      module.exports = async (parameters, keep) => {
        const stackOf = (work) => new Promise((resolve) => work(() => resolve(new Error().stack)));
        const thrown = (work) => { try { work(); } catch (error) { return error.stack; } };
        return {
          atTop,
          inMain: new Error().stack,
          inTimer: await stackOf((look) => setTimeout(look, 0)),
          inMicrotask: await stackOf(queueMicrotask),
          required: thrown(() => require('./missing')),
          imported: await import('./missing.js').catch((error) => error.stack),
          refused: await keep.events.create(1n).catch((error) => error.stack),
          captured: (() => { const holder = {}; Error.captureStackTrace(holder); return holder.stack; })(),
          get inResult() { return new Error().stack; },
        };
      };`);
    expect(outcome).toMatchObject({ state: 'succeeded' });
    const stacks = JSON.parse((outcome as { resultJson: string }).resultJson) as Record<string, string>;
    expect(Object.keys(stacks)).toHaveLength(9);
    expect(Object.entries(stacks).filter(([, stack]) => !/main\.js:\d+/.test(stack))).toEqual([]);
    expect(JSON.stringify(stacks)).not.toMatch(/file:|node:|datakeep:|runner|libs/);
  });

  it('is handed no call sites, which would name files of the keep', async () => {
    const outcome = await attack(
      view(`
        const found = [];
        const look = (error, sites) => { for (const site of sites) found.push(site.getFileName()); return ''; };
        Error.prepareStackTrace = look; String(new Error().stack);
        globalThis.Error = class extends Error {}; globalThis.Error.prepareStackTrace = look;
        String(new TypeError().stack);
        class Own extends Error { static prepareStackTrace = look; } String(new Own().stack);
        return found;`),
    );
    expect(outcome).toMatchObject({ state: 'succeeded', resultJson: '[]' });
  });
});
