import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openJavaScriptService } from '../testing.ts';
import { familyOf, stateOf } from './process-figures.ts';

describe('A keep whose views misbehave', () => {
  let end: () => Promise<void>;
  afterEach(() => end());

  it('answers on while they eat memory, print, loop and return too much', async () => {
    const keep = await openJavaScriptService({ processes: 2 });
    end = keep.close;
    // What ends by itself has the time for it on a busy machine, beside the others.
    const bodies: readonly (readonly [body: string, wallTimeMs: number])[] = [
      ['for (;;);', 600],
      ['const a = []; for (;;) a.push(new Uint8Array(5e6).fill(1));', 600],
      ["for (;;) console.log('x'.repeat(1000));", 600],
      ["return 'x'.repeat(1e8);", 20_000],
      ["return 'x'.repeat(1e6);", 20_000],
    ];
    const attacks = await Promise.all(
      bodies.map(async ([body, wallTimeMs]) => ({
        id: await keep.upload(`module.exports = async (p, keep) => { ${body} };`),
        limits: { ...keep.service.defaultLimits, wallTimeMs },
      })),
    );
    // Turns of this event loop, which is the API's as well in the standalone shape, while the attacks are on.
    let turns = 0;
    let worst = 0;
    let last = performance.now();
    const probe = setInterval(() => {
      const now = performance.now();
      worst = Math.max(worst, now - last - 5);
      last = now;
      turns += 1;
    }, 5);
    try {
      const outcomes = await Promise.all(attacks.map(({ id, limits }) => keep.run(id, { limits })));
      expect(outcomes.map(({ state }) => state)).toEqual([
        'timed-out',
        expect.stringMatching(/failed|timed-out/),
        'timed-out',
        'failed',
        'succeeded',
      ]);
    } finally {
      clearInterval(probe);
    }
    expect(turns).toBeGreaterThan(20);
    process.stdout.write(
      `event loop lag of the supervisor during attacks: at most ${worst.toFixed(1)} ms over ${turns} turns\n`,
    );
  });

  it.runIf(process.platform === 'linux').each([
    [
      'JavaScript',
      'openJavaScriptService',
      'module.exports = async (p, keep) => { keep.events.query({}); for (;;); };',
      'module.exports = async (p, keep) => { await keep.events.query({}); };',
    ],
    [
      'Python',
      'openPythonService',
      'import threading\ndef main(p, keep):\n    threading.Thread(target=keep.events.query, ' +
        'args=({},)).start()\n    while True: pass',
      'def main(p, keep): keep.events.query({})',
    ],
  ])(
    'takes them along when it is killed outright, even those that loop, and leaves no folder: %s',
    async (_language, open, loops, waits) => {
      const directory = await mkdtemp(join(tmpdir(), 'datakeep-killed-'));
      const root = fileURLToPath(new URL('../../../../', import.meta.url));
      const hooks = join(directory, 'hooks.mjs');
      // The libs' names, as the compiler's `paths` know them.
      await writeFile(
        hooks,
        `import { registerHooks } from 'node:module';
       registerHooks({ resolve: (name, context, next) => next(name.replace(/^@datakeep\\/(\\w+)(?:\\/(\\w+))?$/,
         (_, lib, entry) => ${JSON.stringify(`file://${root}`)} + 'libs/' + lib + '/src/' + (entry ?? 'index') + '.ts'),
         context) });`,
      );
      const script = join(directory, 'keep.mjs');
      await writeFile(
        script,
        `const { ${open} } = await import('@datakeep/execution/testing');
       const keep = await ${open}({ processes: 2 });
       const loop = await keep.upload(${JSON.stringify(loops)});
       const wait = await keep.upload(${JSON.stringify(waits)});
       const broker = { call: () => (console.log('called'), new Promise(() => {})) };
       keep.run(loop, { broker }); keep.run(wait, { broker });`,
      );
      // With a folder of its own for temporary files, by `env`, which becomes the program.
      const keep = [process.execPath, '--disable-warning=ExperimentalWarning', '--import', hooks, script];
      const server = spawn('/usr/bin/env', [`TMPDIR=${directory}`, ...keep], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      end = async () => {
        server.kill('SIGKILL');
        await rm(directory, { recursive: true, force: true });
      };
      let calls = 0;
      for await (const line of createInterface(server.stdout)) if (line === 'called' && ++calls === 2) break;
      const pids = familyOf(server.pid!).slice(1);
      expect(pids.length).toBeGreaterThanOrEqual(2);
      server.kill('SIGKILL');
      // What has ended may stay in the table until pid 1 has looked; it has no memory then.
      await vi.waitFor(() => expect(pids.filter(stateOf)).toEqual([]));
      expect((await readdir(directory)).filter((name) => name.startsWith('datakeep-view-'))).toEqual([]);
    },
  );
});
