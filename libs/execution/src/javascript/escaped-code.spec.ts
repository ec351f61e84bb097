import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ExecutionOutcome } from '@datakeep/contracts';
import { openJavaScriptService } from '../testing.ts';

// A runner that evaluates view code in its own context: what an escape from the view's context would have in its hands.
const openRunner = `
import { Socket } from 'node:net';
import { createRequire } from 'node:module';
import vm from 'node:vm';
import { encodeFrame, FrameReader, frameKinds } from './frames.ts';
const channel = new Socket({ fd: 3, readable: true, writable: true });
const write = (...parts) => channel.write(encodeFrame(...parts));
const answer = (id, value) => write(frameKinds.result, id, Buffer.alloc(13), JSON.stringify(value ?? null));
let source = '';
const reader = new FrameReader(() => 0xffffffff, async (kind, id, body) => {
  if (kind === frameKinds.load) source = JSON.parse(body.toString()).files[0].content;
  if (kind === frameKinds.check) write(frameKinds.checked, 0, '[]');
  if (kind !== frameKinds.run) return;
  const tried = async (attempt) => { try { return { got: await attempt() }; } catch (error) {
    return { refused: String(error.code ?? error.message) }; } };
  try { answer(id, await vm.compileFunction('return (async () => {' + source + '\\n})()',
    ['tools'])({ id, write, answer, channel, frameKinds, encodeFrame, tried, require: createRequire('file:///x.js'),
    load: (name) => import(name) })); }
  catch (error) { answer(id, { threw: String(error) }); }
});
channel.on('data', (chunk) => reader.push(chunk));
channel.on('close', () => process.exit(0));
write(frameKinds.ready, 0);
`;

/**
 * `language` level only: what the permission model, another uid and the limits refuse once code has escaped its
 * context, and how a supervisor treats a hostile process.
 */
describe('JavaScript code that has escaped its context', () => {
  let keep: Awaited<ReturnType<typeof openJavaScriptService>>;
  let runnerDirectory: string;
  let server: Server;
  let port: number;
  let connections = 0;

  beforeAll(async () => {
    runnerDirectory = await mkdtemp(join(tmpdir(), 'datakeep-runner-'));
    await cp(fileURLToPath(new URL('../frames/frames.ts', import.meta.url)), join(runnerDirectory, 'frames.ts'));
    await writeFile(join(runnerDirectory, 'main.ts'), openRunner);
    await chmod(runnerDirectory, 0o755);
    keep = await openJavaScriptService({ runnerDirectory, processes: 3 });
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
  });
  afterAll(async () => {
    await keep.close();
    server.close();
    await rm(runnerDirectory, { recursive: true, force: true });
  });

  const run = async (source: string, wallTimeMs = 20_000): Promise<ExecutionOutcome> =>
    keep.run(await keep.upload(source), { limits: { ...keep.service.defaultLimits, wallTimeMs } });
  const attempts = async (source: string): Promise<Record<string, unknown>> => {
    const outcome = await run(`const { tried, require, load } = tools; return { ${source} };`);
    return outcome.state === 'succeeded' ? (JSON.parse(outcome.resultJson) as Record<string, unknown>) : { outcome };
  };
  const refused = (code: unknown = expect.any(String)): unknown => ({ refused: code });

  it('reads no file of the machine and none of the keep', async () => {
    const file = join(keep.directory, 'secret.txt');
    await writeFile(file, 'canary');
    const got = await attempts(`
      passwd: await tried(() => require('fs').readFileSync('/etc/passwd', 'utf8')),
      secret: await tried(() => require('fs').readFileSync(${JSON.stringify(file)}, 'utf8')),
      list: await tried(() => require('fs').readdirSync(${JSON.stringify(keep.directory)})),
      stream: await tried(async () => {
        for await (const part of require('fs').createReadStream('/etc/passwd')) return String(part); }),
      environ: await tried(() => require('fs').readFileSync('/proc/' + process.ppid + '/environ', 'utf8')),
      link: await tried(() => require('fs').symlinkSync('/etc/passwd', '/tmp/link')),
      imported: await tried(() => load(${JSON.stringify(file)})),
      required: await tried(() => require(${JSON.stringify(file)}))`);
    expect(got).toEqual({
      passwd: refused('ERR_ACCESS_DENIED'),
      secret: refused('ERR_ACCESS_DENIED'),
      list: refused('ERR_ACCESS_DENIED'),
      stream: refused('ERR_ACCESS_DENIED'),
      environ: refused('ERR_ACCESS_DENIED'),
      link: refused('ERR_ACCESS_DENIED'),
      imported: refused(),
      required: refused(),
    });
  });

  it('writes no file', async () => {
    const got = await attempts(`
      here: await tried(() => require('fs').writeFileSync('x', 'x')),
      tmp: await tried(() => require('fs').writeFileSync('/tmp/datakeep-planted', 'x')),
      append: await tried(() => require('fs').appendFileSync(${JSON.stringify(join(keep.directory, 'secret.txt'))},
        'x')),
      remove: await tried(() => require('fs').rmSync(${JSON.stringify(keep.directory)}, { recursive: true })),
      mode: await tried(() => require('fs').chmodSync(${JSON.stringify(keep.directory)}, 0o777)),
      heap: await tried(() => require('v8').writeHeapSnapshot('/tmp/datakeep-heap')),
      report: await tried(() => process.report.writeReport('/tmp/datakeep-report'))`);
    for (const [what, outcome] of Object.entries(got)) expect({ what, outcome }).toEqual({ what, outcome: refused() });
  });

  it('has no database module, by any way of loading it', async () => {
    const database = join(keep.directory, 'keep.db');
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const db = new DatabaseSync(database);
    db.exec("CREATE TABLE t (x); INSERT INTO t VALUES ('canary')");
    db.close();
    const before = await readFile(database);
    const open = `.DatabaseSync(${JSON.stringify(database)}).prepare('SELECT x FROM t').all()`;
    const got = await attempts(`
      required: await tried(() => new (require('node:sqlite'))${open}),
      imported: await tried(async () => new (await load('node:sqlite'))${open}),
      builtin: await tried(() => new (process.getBuiltinModule('node:sqlite'))${open}),
      binding: await tried(() => process.binding('sqlite')),
      escaped: await tried(() => (async () =>
        {}).constructor('return new (process.getBuiltinModule("node:sqlite"))' + ${JSON.stringify(open)})())`);
    for (const [what, outcome] of Object.entries(got)) expect({ what, outcome }).toEqual({ what, outcome: refused() });
    expect(await readFile(database)).toEqual(before);
  });

  it('starts no process, worker or inspector', async () => {
    const got = await attempts(`
      exec: await tried(() => require('child_process').execSync('id')),
      spawn: await tried(() => new Promise((resolve, reject) => require('child_process').spawn('id').on('error',
        reject).on('exit', resolve))),
      fork: await tried(() => require('child_process').fork('/tmp/x.js')),
      worker: await tried(() => new (require('worker_threads').Worker)('1', { eval: true })),
      inspector: await tried(() => require('inspector').open(0)),
      addon: await tried(() => process.dlopen({ exports: {} }, '/tmp/x.node')),
      wasi: await tried(() => new (require('wasi').WASI)({ version: 'preview1', preopens: { '/': '/' } }))`);
    for (const [what, outcome] of Object.entries(got)) expect({ what, outcome }).toEqual({ what, outcome: refused() });
  });

  it('reaches no network', async () => {
    const got = await attempts(`
      tcp: await tried(() => new Promise((resolve, reject) => require('net').connect(${port}, '127.0.0.1').on('connect',
        () => resolve('open')).on('error', reject))),
      unix: await tried(() => new Promise((resolve, reject) => require('net').connect('/tmp/none.sock').on('connect',
        () => resolve('open')).on('error', reject))),
      http: await tried(() => fetch('http://127.0.0.1:${port}/').then((answer) => answer.status,
        (error) => { throw error.cause ?? error; })),
      udp: await tried(() => new Promise((resolve, reject) => { const s = require('dgram').createSocket('udp4');
        s.on('error', reject); s.send('x', ${port}, '127.0.0.1', (error) => error ? reject(error) : resolve('sent'));
        })),
      dns: await tried(() => require('dns').promises.lookup('localhost'))`);
    for (const [what, outcome] of Object.entries(got)) expect({ what, outcome }).toEqual({ what, outcome: refused() });
    expect(connections).toBe(0);
  });

  it('finds no secret and no more than three names in its environment', async () => {
    vi.stubEnv('DATAKEEP_TEST_CANARY', 'canary-in-the-environment');
    try {
      const outcome = await run(
        "return { names: Object.keys(process.env).filter((name) => !['PWD', 'SHLVL', " +
          "'_'].includes(name)).sort(), all: JSON.stringify([process.env, process.argv, process.cwd(), " +
          'process.execArgv]) };',
      );
      expect(outcome.state === 'succeeded' && JSON.parse(outcome.resultJson)).toMatchObject({
        names: ['OPENSSL_CONF', 'PATH', 'TZ'],
      });
      expect(JSON.stringify(outcome)).not.toContain('canary');
      expect(JSON.stringify(outcome)).not.toContain(keep.directory);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('is another user than the keep when the keep is root, and may signal nobody, whoever the keep is', async () => {
    const { isolation } = await keep.service.report();
    const got = await attempts('uid: process.getuid(), kill: await tried(() => process.kill(process.ppid, 0))');
    const root = process.getuid?.() === 0;
    expect(isolation.layers.includes('uid')).toBe(root);
    expect(got).toEqual({ uid: expect.any(Number), kill: refused('EACCES') });
    expect([process.getuid?.(), 0].includes(Number(got['uid']))).toBe(!root);
  });

  it.each<[string, string, string]>([
    ['exits', 'process.exit(0);', 'view-crashed'],
    ['aborts', 'process.abort();', 'view-crashed'],
    [
      'closes its channel',
      'tools.channel.destroy(); await new Promise(() => setInterval(() => {}, 1000));',
      'view-crashed',
    ],
    [
      'prints 100 MB',
      "for (let n = 0; n < 1600; n++) if (!process.stdout.write('x'.repeat(65536))) await new Promise((next) => " +
        "process.stdout.once('drain', next)); await new Promise(() => {});",
      'view-output-too-large',
    ],
    ['answers for another run', 'tools.answer(tools.id + 1, 1); await new Promise(() => {});', 'view-crashed'],
    [
      'answers with what is no JSON',
      "tools.write(tools.frameKinds.result, tools.id, Buffer.alloc(13), '{oops'); await new Promise(() => {});",
      'view-crashed',
    ],
    [
      'answers with nothing',
      'tools.write(tools.frameKinds.result, tools.id); await new Promise(() => {});',
      'view-crashed',
    ],
    [
      'announces a frame of 4 GB',
      'const head = Buffer.alloc(9, 255); head[4] = tools.frameKinds.log; tools.channel.write(head); ' +
        'await new Promise(() => {});',
      'view-crashed',
    ],
    [
      'announces a result of 4 GB',
      'const head = Buffer.alloc(9, 255); head[4] = tools.frameKinds.result; tools.channel.write(head); ' +
        'await new Promise(() => {});',
      'view-result-too-large',
    ],
    ['sends frames of no kind', 'tools.write(99, 1); await new Promise(() => {});', 'view-crashed'],
    ['says ready again', 'tools.write(tools.frameKinds.ready, 0); await new Promise(() => {});', 'view-crashed'],
    [
      'calls what there is not',
      'tools.write(tools.frameKinds.call, 1, Uint8Array.of(77), "[]"); await new Promise(() => {});',
      'view-crashed',
    ],
    [
      'logs without end',
      "for (;;) { tools.write(tools.frameKinds.log, tools.id, Uint8Array.of(1), 'x'.repeat(60000)); " +
        // Slower than the keep reads, so that the lines do not pile up in the memory of the process.
        'await new Promise((resolve) => setTimeout(resolve, 5)); }',
      'view-output-too-large',
    ],
    [
      'fails with what is no JSON',
      "tools.write(tools.frameKinds.failed, tools.id, 'x'); await new Promise(() => {});",
      'view-crashed',
    ],
    [
      'returns 10,000 levels',
      "tools.write(tools.frameKinds.result, tools.id, Buffer.alloc(13), '['.repeat(10000) + ']'.repeat(10000)); " +
        'await new Promise(() => {});',
      'view-result-not-json',
    ],
    [
      'returns a member twice',
      'tools.write(tools.frameKinds.result, tools.id, Buffer.alloc(13), \'{"a":1,"a":2}\'); ' +
        'await new Promise(() => {});',
      'view-result-not-json',
    ],
    [
      'takes a gigabyte of buffers',
      'const all = []; for (;;) all.push(Buffer.alloc(20_000_000, 1));',
      'view-out-of-memory',
    ],
  ])('that %s fails its run only', async (_what, source, code) => {
    expect(await run(source)).toMatchObject({ state: 'failed', error: { code } });
    expect(await run('return 1;')).toMatchObject({ state: 'succeeded', resultJson: '1' });
  });

  it('gets one result: a second is not taken for that of the next run', async () => {
    const sourceCodeId = await keep.upload(
      'tools.answer(tools.id, "first"); tools.answer(tools.id, "second"); tools.answer(tools.id + 1, "forged"); ' +
        'return "third";',
    );
    for (let n = 0; n < 4; n++) {
      const outcome = await keep.run(sourceCodeId);
      // What still comes of the run before may end the process under the next one, but is never its result.
      expect(outcome.state === 'succeeded' ? outcome.resultJson : outcome.error.code).toBeOneOf(
        n === 0 ? ['"first"'] : ['"first"', 'view-crashed'],
      );
    }
  });

  it('is killed when it asks the keep on after its run is over', async () => {
    let calls = 0;
    const sourceCodeId = await keep.upload(
      "setInterval(() => tools.write(tools.frameKinds.call, 5, Uint8Array.of(4), '[]'), 1); " +
        'return performance.timeOrigin;',
    );
    const first = await keep.run(sourceCodeId, {
      broker: { call: async () => ((calls += 1), { json: 'null', items: 0 }) },
    });
    const startedAt = first.state === 'succeeded' && first.resultJson;
    expect(Number(startedAt)).toBeGreaterThan(0);
    // The next run would be given the same process: its number may be another one inside.
    await vi.waitFor(async () => {
      const next = await keep.run(sourceCodeId);
      expect(next.state === 'succeeded' && next.resultJson).not.toBe(startedAt);
    }, 5000);
    expect(calls).toBe(0);
  });
});
