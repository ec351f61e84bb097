import { execFile } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '@datakeep/kernel';
import type { LaunchRequest } from './launcher.ts';
import { openJavaScriptService, openPythonService } from '../testing.ts';
import { bestLauncher } from './best-launcher.ts';
import { findBubblewrap, JailLauncher } from './jail-launcher.ts';

const bubblewrap = await findBubblewrap();
if (bubblewrap === undefined) process.stdout.write('bubblewrap is not installed: its tests are not run\n');

describe.runIf(process.platform === 'linux')('The kernel jail', () => {
  let undo: () => Promise<unknown> = async () => undefined;
  afterEach(() => undo());

  const request = (reads: readonly string[], program = process.execPath): LaunchRequest => ({
    program,
    arguments: [],
    reads,
    dataMiB: 800,
    cpuSeconds: 10,
    processes: 64,
  });

  it('says which layers it puts around a process, and claims no level before that is proved', async () => {
    const launcher = new JailLauncher();
    undo = () => launcher.close();
    await launcher.prepare(request([]));
    expect(launcher.isolation).toMatchObject({
      level: 'language',
      layers: expect.arrayContaining(['rlimits', 'landlock', 'seccomp']),
    });
    expect(launcher.isolation.layers.includes('uid')).toBe(process.getuid?.() === 0);
  });

  it('starts no process where a path is missing, and says which', async () => {
    await expect(new JailLauncher().prepare(request(['/nowhere/runner.js']))).rejects.toThrow(
      '/nowhere/runner.js: No such file or directory',
    );
  });

  it('starts no process without a Python, or on another system', async () => {
    await expect(new JailLauncher({ pythons: ['/nowhere/python3'] }).prepare(request([]))).rejects.toThrow('Python 3');
    await expect(new JailLauncher({ platform: 'darwin' }).prepare(request([]))).rejects.toThrow('Linux');
  });

  it('takes no script for a Python', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'datakeep-jail-'));
    undo = () => rm(directory, { recursive: true });
    const shim = join(directory, 'python3');
    await writeFile(shim, '#!/bin/sh\nexec /usr/bin/python3 "$@"\n');
    await chmod(shim, 0o755);
    await expect(new JailLauncher({ pythons: [shim] }).prepare(request([]))).rejects.toThrow('Python 3');
  });

  it.runIf(process.getuid?.() === 0)(
    'starts a runtime that lies in a folder of root alone from where its own user can reach it',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'datakeep-$&-jail-'));
      const node = join(directory, 'bin', 'node');
      const file = join(directory, 'runner.cjs');
      await mkdir(join(directory, 'bin'), { mode: 0o700 });
      await link(await realpath(process.execPath), node);
      await writeFile(file, 'console.log(process.getuid(), __filename)', { mode: 0o600 });
      const launcher = new JailLauncher();
      undo = async () => {
        await launcher.close();
        await rm(directory, { recursive: true });
      };
      await launcher.prepare(request([file], node));
      const launch = launcher.launch({ ...request([file], node), arguments: [file] });
      const { stdout } = await promisify(execFile)(launch.file, [...launch.arguments], {
        cwd: '/',
        env: launch.environment,
      });
      expect(stdout).toMatch(new RegExp(`^60\\d{3} ${tmpdir()}/datakeep-runtime-[\\w.-]+/`));
      expect(stdout.endsWith(`${file}\n`)).toBe(true);
    },
  );

  it('gives a process another user than its siblings have, when the keep is root', async () => {
    const launcher = new JailLauncher();
    undo = () => launcher.close();
    await launcher.prepare(request([]));
    const users = [1, 2].map(() => launcher.launch(request([])).arguments.find((value) => value.startsWith('uid=')));
    expect(new Set(users).size).toBe(process.getuid?.() === 0 ? 2 : 1);
  });

  it('is left out with its reason told where it cannot be had', async () => {
    const launcher = await bestLauncher(request(['/nowhere/runner.js']), createLogger('silent'), async () => undefined);
    undo = () => launcher.close();
    expect(launcher.isolation).toMatchObject({
      level: 'language',
      proof: expect.stringContaining('/nowhere/runner.js: No such file or directory'),
    });
    expect(launcher.isolation.layers).not.toContain('landlock');
  });

  it('is used without namespaces where bubblewrap does not work', async () => {
    const launcher = await bestLauncher(request([]), createLogger('silent'), async () => '/bin/false');
    undo = () => launcher.close();
    expect(launcher.isolation.layers).toContain('landlock');
    expect(launcher.isolation.layers).not.toContain('namespaces');
  });

  it.runIf(bubblewrap !== undefined).each([
    ['JavaScript', openJavaScriptService, 'module.exports = () => 42;'],
    ['Python', openPythonService, 'def main(parameters, keep):\n    return 42'],
  ])(
    'holds against every attack of %s in namespaces of its own, where bubblewrap is installed',
    async (_language, open, source) => {
      const keep = await open({
        selfTest: true,
        allowUnconfined: false,
        launcher: new JailLauncher({ bubblewrap: bubblewrap! }),
      });
      undo = keep.close;
      const outcome = await keep.run(await keep.upload(source));
      const { isolation, selfTest } = await keep.service.report();
      process.stdout.write(`layers ${isolation.layers.join(' ')}\n`);
      expect(selfTest?.attacks.filter(({ outcome: end }) => end !== 'refused' && end !== 'killed')).toEqual([]);
      expect(outcome).toMatchObject({
        state: 'succeeded',
        resultJson: '42',
        isolation: { level: 'os', layers: expect.arrayContaining(['namespaces']) },
      });
    },
  );

  it.runIf(bubblewrap !== undefined)(
    "counts a runtime's memory and each run's own CPU time below bubblewrap",
    async () => {
      const keep = await openJavaScriptService({ launcher: new JailLauncher({ bubblewrap: bubblewrap! }) });
      undo = keep.close;
      const limits = { ...keep.service.defaultLimits, wallTimeMs: 30_000, cpuTimeMs: 1000 };
      const busy = await keep.upload(
        'module.exports = () => { const end = Date.now() + 400; while (Date.now() < end); return 42; };',
      );
      for (let run = 0; run < 4; run += 1) {
        const outcome = await keep.run(busy, { limits });
        expect(outcome).toMatchObject({ state: 'succeeded' });
        expect(outcome.usage.peakMemoryMiB).toBeGreaterThan(20);
      }
    },
  );
});
