import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppClient, Run } from '../support/keep-client.ts';
import {
  type KeepUnderTest,
  keepUnderTest,
  permittedInstance,
  walk,
  walkingApp,
  walkProfile,
} from '../support/keep-in-process.ts';

/** Slowest answer of the keep while the attack went on, in ms; the bound is the issue's. */
const mostMs = 100;

const attacks: readonly [name: string, code: string, state: string, source: string][] = [
  ['throws', 'view-threw', 'failed', 'module.exports = async () => { throw new Error("deliberate"); };'],
  ['loops for ever', 'view-timed-out', 'timed-out', 'module.exports = async () => { for (;;); };'],
  [
    'never resolves',
    'view-timed-out',
    'timed-out',
    'module.exports = () => new Promise(() => setInterval(() => {}, 50));',
  ],
  [
    'eats memory',
    'view-out-of-memory',
    'failed',
    'module.exports = async () => { const all = []; for (;;) { all.push(new Uint8Array(8_000_000).fill(1)); ' +
      'await null; } };',
  ],
  ['returns 100 MB', 'view-result-too-large', 'failed', 'module.exports = async () => "x".repeat(100_000_000);'],
  ['returns what is no JSON', 'view-result-not-json', 'failed', 'module.exports = async () => ({ big: 10n });'],
  [
    'returns a cycle',
    'view-result-not-json',
    'failed',
    'module.exports = async () => { const a = {}; a.a = a; return a; };',
  ],
  [
    'tries fs',
    'view-load-failed',
    'failed',
    'module.exports = async () => require("node:fs").readFileSync("/etc/passwd", "utf8");',
  ],
  [
    'tries child_process',
    'view-load-failed',
    'failed',
    'module.exports = async () => require("child_process").execSync("id").toString();',
  ],
  [
    'tries node:sqlite',
    'view-load-failed',
    'failed',
    'module.exports = async () => new (require("node:sqlite").DatabaseSync)("/tmp/x");',
  ],
  [
    'tries the network',
    'view-network-denied',
    'failed',
    'module.exports = async () => (await fetch("http://127.0.0.1:1/")).status;',
  ],
];

describe('a hostile view is a failed run, and the keep goes on answering', () => {
  let under: KeepUnderTest;
  let app: AppClient;

  beforeAll(async () => {
    under = await keepUnderTest({ proven: true });
    app = await walkingApp(under.admin);
    await app.sendEvents([walk(1)]);
  });
  afterAll(() => under.stop());

  const attack = async (source: string, wallTimeMs = 20_000): Promise<{ run: Run; slowest: number }> => {
    const instance = await permittedInstance(under.admin, app, {
      name: 'Hostile',
      runtime: 'javascript',
      permissions: [{ profile: walkProfile, rights: ['read'] }],
      limits: { wallTimeMs },
      files: [{ path: 'main.js', content: source }],
    });
    let going = true;
    let slowest = 0;
    const ran = app.run(instance).finally(() => (going = false));
    while (going) {
      const begun = performance.now();
      expect(
        (await app.send('POST', '/app/v1/events/query', { body: { profile: walkProfile, limit: 1 } })).status,
      ).toBe(200);
      slowest = Math.max(slowest, performance.now() - begun);
    }
    return { run: await ran, slowest };
  };

  it.each(attacks)('that %s: %s', async (_name, code, state, source) => {
    // What fails by itself has the time for it on a busy machine.
    const { run, slowest } = await attack(source, state === 'timed-out' ? 1500 : undefined);
    expect(run).toMatchObject({ state, error: { code } });
    expect(run).not.toHaveProperty('result');
    expect(JSON.stringify(run)).not.toContain(under.dataDir);
    if (slowest > mostMs) process.stdout.write(`slowest answer meanwhile: ${slowest.toFixed(0)} ms\n`);
  });

  it('that prints without end: its log is cut and the rest counted', async () => {
    const { run } = await attack('module.exports = async () => { for (;;) console.log("x".repeat(1000)); };', 1500);
    expect(run.state).not.toBe('succeeded');
    expect(JSON.stringify(run.logs).length).toBeLessThan(200_000);
  });

  it('that breaks out of its context finds no module, file or process to use', async () => {
    const { run } = await attack(`module.exports = async (parameters) => {
      const found = {};
      const outer = parameters.constructor.constructor('return typeof process === "undefined" ? null : process')();
      found.process = outer !== null;
      for (const name of ['node:fs', 'node:sqlite', 'node:child_process', 'node:net']) {
        try { found[name] = typeof (outer ? outer.getBuiltinModule(name) : undefined)?.createServer; } catch (error) {
          found[name] = error.code; }
      }
      return found;
    };`);
    expect(run.state).toBe('succeeded');
    expect(run.result).toMatchObject({ process: false });
  });

  it('afterwards an honest view still succeeds', async () => {
    const { run } = await attack(
      `module.exports = async (parameters, keep) => (await keep.events.query({ profile: ` +
        `'${walkProfile}' })).items.length;`,
    );
    expect(run).toMatchObject({ state: 'succeeded', result: 1 });
  });

  it('source that cannot be loaded is told at registration, with its place', async () => {
    const refused = await under.admin.send<{ errors: { pointer: string; detail: string }[] }>(
      'POST',
      '/admin/v1/view-templates',
      {
        body: {
          name: 'Broken',
          runtime: 'javascript',
          permissions: [],
          files: [{ path: 'main.js', content: 'module.exports = (\n  => ;' }],
        },
      },
    );
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ code: 'source' }] } });
    expect(refused.body.errors[0]!.pointer).toMatch(/^\/files\/0/);
  });
});
