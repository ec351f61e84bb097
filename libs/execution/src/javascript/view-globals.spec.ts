import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokerMethods, type SourceFile } from '@datakeep/contracts';
import { openJavaScriptService } from '../testing.ts';
import { methodNames } from './runner/run.ts';

/** What api.md "View code" promises to JavaScript. */
describe('JavaScript view code', () => {
  let keep: Awaited<ReturnType<typeof openJavaScriptService>>;

  beforeAll(async () => {
    keep = await openJavaScriptService();
  });
  afterAll(() => keep.close());

  async function result(source: string | readonly SourceFile[], parameters: unknown = {}): Promise<unknown> {
    const sourceCodeId = await keep.upload(source);
    const outcome = await keep.run(sourceCodeId, { parametersJson: JSON.stringify(parameters) });
    await keep.service.delete(sourceCodeId);
    return outcome.state === 'succeeded' ? JSON.parse(outcome.resultJson) : outcome.error;
  }
  const view = (body: string): string => `module.exports = async (parameters, keep) => { ${body} };`;

  it('has ECMAScript, console, timers, URL, text, cloning, cryptography and fetch, and nothing of Node', async () => {
    const names = [
      'console',
      'setTimeout',
      'setInterval',
      'clearTimeout',
      'URL',
      'URLSearchParams',
      'TextEncoder',
      'TextDecoder',
      'structuredClone',
      'crypto',
      'fetch',
    ];
    const absent = [
      'process',
      'Buffer',
      'global',
      'WebAssembly',
      'FinalizationRegistry',
      'navigator',
      'performance',
      'XMLHttpRequest',
    ];
    expect(
      await result(
        view(
          `return [...${JSON.stringify(names)}, ...${JSON.stringify(absent)}].filter((name) => name in globalThis);`,
        ),
      ),
    ).toEqual(names);
  });

  it('has globals that are the same at each use, and that it may replace and remove', async () => {
    expect(
      await result(
        view(`const { Headers } = globalThis; fetch = 1; globalThis.URL = class Own {}; delete globalThis.crypto;
          return [Headers === globalThis.Headers, fetch, URL.name, typeof crypto, typeof Response,
            Object.keys(globalThis)];`),
      ),
    ).toEqual([true, 1, 'Own', 'undefined', 'function', []]);
  });

  it('asks the keep by five methods, each with its arguments', async () => {
    const asked: [string, string][] = [];
    const sourceCodeId = await keep.upload(
      view(`const { events } = keep;
        return [await events.query({ a: 1 }), await events.aggregate({ b: 2 }), await events.create([{ c: 3 }]),
          await events.modify('x', { d: 4 }), await events.modify('x', {}, 5), await events.delete('x')];`),
    );
    const outcome = await keep.run(sourceCodeId, {
      broker: {
        call: async (method, argumentsJson) => (
          asked.push([method, argumentsJson]),
          { json: String(asked.length), items: 1 }
        ),
      },
    });
    expect(asked).toEqual([
      ['events.query', '[{"a":1}]'],
      ['events.aggregate', '[{"b":2}]'],
      ['events.create', '[[{"c":3}]]'],
      ['events.modify', '["x",{"d":4}]'],
      ['events.modify', '["x",{},5]'],
      ['events.delete', '["x"]'],
    ]);
    expect(outcome).toMatchObject({
      state: 'succeeded',
      resultJson: '[1,2,3,4,5,6]',
      usage: { eventsRead: 2, eventsWritten: 4 },
    });
    expect(methodNames).toEqual(brokerMethods);
  });

  it('is refused what takes more bytes than one call may, by the keep and not by its end', async () => {
    const body = "try { await keep.events.create('ä'.repeat(3_000_000)); } catch ({ code }) { return code; }";
    expect(await result(view(body))).toBe('body-too-large');
  });

  it('works with URLs', async () => {
    const body = `
      const url = new URL('../b?x=1&y=%C3%9F#h', 'https://user@example.org:8443/a/c');
      url.searchParams.append('z', 'a b'); url.pathname = '/q'; url.searchParams.delete('x');
      const params = new URLSearchParams({ a: '1', b: '2' }); params.set('a', 3); params.append('a', 4);
      return [String(url), url.host, url.origin, url.searchParams.get('y'), [...params], String(params),
        params.getAll('a'), URL.canParse('::'), JSON.stringify({ url }), url instanceof URL];`;
    expect(await result(view(body))).toEqual([
      'https://user@example.org:8443/q?y=%C3%9F&z=a+b#h',
      'example.org:8443',
      'https://example.org:8443',
      'ß',
      [
        ['a', '3'],
        ['b', '2'],
        ['a', '4'],
      ],
      'a=3&b=2&a=4',
      ['3', '4'],
      false,
      '{"url":"https://user@example.org:8443/q?y=%C3%9F&z=a+b#h"}',
      true,
    ]);
  });

  it('encodes and decodes text', async () => {
    const body = `
      const bytes = new TextEncoder().encode('héllo €'); const target = new Uint8Array(3);
      const stream = new TextDecoder();
      let fatal; try { new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(255)); } catch (error) {
        fatal = error instanceof TypeError; }
      return [[...bytes].length, bytes instanceof Uint8Array, new TextDecoder().decode(bytes),
        new TextEncoder().encodeInto('héé', target),
        stream.decode(Uint8Array.of(0xe2, 0x82), { stream: true }) + stream.decode(Uint8Array.of(0xac)), fatal,
          new TextDecoder('latin1').encoding];`;
    expect(await result(view(body))).toEqual([10, true, 'héllo €', { read: 2, written: 3 }, '€', true, 'windows-1252']);
  });

  it('clones structures', async () => {
    const body = `
      const a = { date: new Date(5), list: [1, [2]], map: new Map([[1, { x: 1 }]]), set: new Set([3]),
        bytes: Uint8Array.of(1, 2), re: /x/gi }; a.self = a;
      const b = structuredClone(a); let refused; try { structuredClone({ f() {} }); } catch (error) {
        refused = error.name; }
      return [b !== a, b.self === b, b.date.getTime(), b.list, b.map.get(1), [...b.set], [...b.bytes], String(b.re),
        b.list instanceof Array, refused];`;
    expect(await result(view(body))).toEqual([
      true,
      true,
      5,
      [1, [2]],
      { x: 1 },
      [3],
      [1, 2],
      '/x/gi',
      true,
      'DataCloneError',
    ]);
  });

  it('knows what Node gives it by instanceof, as it does its own', async () => {
    const body = `
      class Own extends Array {}
      const { list, map, date } = structuredClone({ list: [], map: new Map(), date: new Date() });
      const caught = (use) => { try { use(); } catch (error) { return error; } };
      const answer = await new Response('{"a":[1]}').json();
      return [list instanceof Array, map instanceof Map, date instanceof Date, answer instanceof Object,
        answer.a instanceof Array,
        caught(() => new URL('')) instanceof TypeError, caught(() => new TextDecoder('nope')) instanceof RangeError,
          caught(() => null.x) instanceof TypeError,
        new TextEncoder().encode('x') instanceof Uint8Array, keep.events.query({}) instanceof Promise,
          new Own() instanceof Own, list instanceof Own, 1 instanceof Object];`;
    expect(await result(view(body))).toEqual([...Array.from({ length: 11 }, () => true), false, false]);
  });

  it('signs, verifies, encrypts and digests', async () => {
    const body = `
      const data = new TextEncoder().encode('abc');
      const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify']);
      const signature = await crypto.subtle.sign('HMAC', key, data);
      const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveKey']);
      const shared = await crypto.subtle.deriveKey({ name: 'ECDH', public: pair.publicKey }, pair.privateKey,
        { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const secret = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, shared, data);
      const jwk = await crypto.subtle.exportKey('jwk', key);
      return [hex(await crypto.subtle.digest('SHA-256', data)).slice(0, 8),
        await crypto.subtle.verify('HMAC', key, signature, data), key.algorithm.name, jwk.kty,
        new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, shared, secret)),
          crypto.randomUUID().length, signature instanceof ArrayBuffer];`;
    expect(await result(view(body))).toEqual(['ba7816bf', true, 'HMAC', 'oct', 'abc', 36, true]);
  });

  it('waits by timers', async () => {
    const body = `
      const order = []; const stop = setTimeout(() => order.push('never'), 1); clearTimeout(stop);
      await new Promise((resolve) => { let n = 0;
        const id = setInterval(() => { order.push(n++); if (n === 3) { clearInterval(id); resolve(); } }, 1); });
      await new Promise((resolve) => setTimeout((a, b) => { order.push(a + b); resolve(); }, 1, 'x', 'y'));
      queueMicrotask(() => order.push('micro')); await null;
      return order;`;
    expect(await result(view(body))).toEqual([0, 1, 2, 'xy', 'micro']);
  });

  it('requires its own files, JSON and cycles among them', async () => {
    expect(
      await result([
        {
          path: 'main.js',
          content:
            "const { a } = require('./lib/a'); module.exports = () => [a(), require('./data.json').n, " +
            "require('./lib/a.js').a === a, __filename];",
        },
        {
          path: 'lib/a.js',
          content: "exports.early = 1; const b = require('./b'); exports.a = () => b.name + b.seen;",
        },
        { path: 'lib/b.js', content: "exports.seen = require('./a').early; exports.name = 'b';" },
        { path: 'data.json', content: '{"n":7}' },
      ]),
    ).toEqual(['b1', 7, true, 'main.js']);
  });

  it.each<[string, readonly SourceFile[]]>([
    [
      'CommonJS',
      [
        {
          path: 'main.js',
          content:
            "const state = require('./state'); module.exports = () => [++state.count, " +
            '(globalThis.runs = (globalThis.runs ?? 0) + 1)];',
        },
        { path: 'state.js', content: 'exports.count = 0;' },
      ],
    ],
    [
      'ES modules',
      [
        {
          path: 'main.mjs',
          content:
            "import { state } from './state.mjs'; export default () => [++state.count, " +
            '(globalThis.runs = (globalThis.runs ?? 0) + 1)];',
        },
        { path: 'state.mjs', content: 'export const state = { count: 0 };' },
      ],
    ],
  ])('starts each run of one instance from fresh modules and globals: %s', async (_kind, files) => {
    const sourceCodeId = await keep.upload(files);
    for (let run = 0; run < 3; run += 1)
      expect(await keep.run(sourceCodeId)).toMatchObject({ state: 'succeeded', resultJson: '[1,1]' });
  });

  it('imports its own files as ES modules, also later, with top-level await', async () => {
    expect(
      await result(
        [
          {
            path: 'main.mjs',
            content:
              "import { a } from './lib/a.mjs'; import data from './data.json'; " +
              "const c = await import('./c.js'); export default async (p) => [a, data.n, c.default, p.x, " +
              'import.meta.url];',
          },
          { path: 'lib/a.mjs', content: "import { b } from '../c.js'; export const a = b + 1;" },
          { path: 'c.js', content: 'export const b = 1; export default await Promise.resolve(9);' },
          { path: 'data.json', content: '{"n":7}' },
        ],
        { x: 5 },
      ),
    ).toEqual([2, 7, 9, 5, 'view:/main.mjs']);
  });

  it('imports at once what shares a file, what is there already, and what imports in a circle', async () => {
    const imports =
      "Promise.all(['./a.mjs', './b.mjs', './a.mjs', './data.json', './data.json'].map((path) => import(path)))";
    const shared = "import { shared } from './shared.mjs'; await null;";
    const files = [
      { path: 'a.mjs', content: `${shared} import { b } from './b.mjs'; export const a = () => ['a', shared, b];` },
      { path: 'b.mjs', content: `${shared} import { a } from './a.mjs'; export const b = 'b'; export { a };` },
      { path: 'shared.mjs', content: "await new Promise((wake) => setTimeout(wake, 5)); export const shared = 's';" },
      { path: 'data.json', content: '{"n":7}' },
    ];
    const body = `const [a, b, again, data, same] = await ${imports};
      return [a.a(), b.a === a.a, again === a, data.default.n, same === data];`;
    const main = { path: 'main.js', content: view(body) };
    expect(await result([main, ...files])).toEqual([['a', 's', 'b'], true, true, 7, true]);
  });

  it.each<[string, string]>([
    ['throws', "throw new Error('broken');"],
    ['throws later', "await null; throw new Error('broken');"],
  ])('gives the same error to each import of a module that %s', async (_what, content) => {
    const main = view(`const seen = [];
      for (let n = 0; n < 2; n += 1) await import('./a.mjs').catch((error) => seen.push(error));
      return [seen[0] === seen[1], seen[0].message];`);
    const files = [
      { path: 'main.js', content: main },
      { path: 'a.mjs', content },
    ];
    expect(await result(files)).toEqual([true, 'broken']);
  });

  it('is refused with 20 of its faults where it has more', async () => {
    const imports = Array.from({ length: 400 }, (_, n) => `import './${'x'.repeat(400)}${n}.mjs';`).join('\n');
    await expect(
      keep.service.upload([{ path: 'main.mjs', content: `${imports}\nexport default () => 1;` }]),
    ).rejects.toMatchObject({ code: 'invalid', errors: Array.from({ length: 20 }, () => ({ code: 'source' })) });
  });

  it.each<[string, readonly SourceFile[], number, string]>([
    [
      'an import of a file that is not there',
      [{ path: 'main.mjs', content: "import './lost.mjs'; export default () => 1;" }],
      0,
      './lost.mjs',
    ],
    [
      'an import of a Node module',
      [{ path: 'main.mjs', content: "import 'node:fs'; export default () => 1;" }],
      0,
      'relative path only',
    ],
    [
      'a module with a syntax error',
      [
        { path: 'main.mjs', content: "import './b.mjs';\nexport default 1" },
        { path: 'b.mjs', content: 'const a = 1;\nconst b = a +;\n' },
      ],
      1,
      'b.mjs, line 2, column 14',
    ],
    [
      'a script with a syntax error on its first line',
      [{ path: 'main.js', content: 'module.exports = );' }],
      0,
      'main.js, line 1, column 18',
    ],
    [
      'broken JSON',
      [
        { path: 'main.js', content: '' },
        { path: 'a.json', content: '{' },
      ],
      1,
      'Not JSON',
    ],
  ])('is refused at upload for %s, with the place', async (_what, files, index, detail) => {
    await expect(keep.service.upload(files)).rejects.toMatchObject({
      code: 'invalid',
      errors: [{ pointer: `/files/${index}/content`, code: 'source', detail: expect.stringContaining(detail) }],
    });
  });

  it('is refused with both entry files', async () => {
    await expect(
      keep.service.upload([
        { path: 'main.js', content: '' },
        { path: 'main.mjs', content: '' },
      ]),
    ).rejects.toMatchObject({ code: 'invalid', errors: [{ pointer: '/files' }] });
  });

  it('prints values as a console does, and dates and levels come with them', async () => {
    const sourceCodeId = await keep.upload(
      view(
        "console.log('a %s', 1, { b: [2], at: new Date(0) }); console.error(new Map([[1, 2]])); " +
          "console.debug('d'); console.assert(1 > 2, 'odd');",
      ),
    );
    const { logs } = await keep.run(sourceCodeId);
    expect(logs.map(({ level, text }) => [level, text])).toEqual([
      ['info', 'a 1 { b: [ 2 ], at: 1970-01-01T00:00:00.000Z }'],
      ['error', 'Map(1) { 1 => 2 }'],
      ['debug', 'd'],
      ['error', 'Assertion failed odd'],
    ]);
  });
});
