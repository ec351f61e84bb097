import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openJavaScriptService } from '../testing.ts';
import { LanguageLauncher, type Launch, type LaunchRequest } from './launcher.ts';

const view = (body: string): string => `module.exports = async () => { ${body} };`;

describe('The launcher without a kernel jail', () => {
  let undo: () => Promise<unknown> = async () => undefined;
  afterEach(() => undo());

  const request = (reads: readonly string[]): LaunchRequest => ({
    program: '/bin/sh',
    arguments: ['-c', ':'],
    reads,
    dataMiB: 800,
    cpuSeconds: 10,
    processes: 64,
  });

  it('says that it is none, and that the admin must trust view code', async () => {
    const launcher = new LanguageLauncher();
    undo = () => launcher.close();
    await launcher.prepare(request([]));
    expect(launcher.isolation.level).toBe('language');
    expect(launcher.isolation.proof).toMatch(/no kernel jail/);
    expect(launcher.isolation.proof).toMatch(/must trust/);
  });

  it('does not claim another user where that user could not read the runtime', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'datakeep-launcher-'));
    await chmod(directory, 0o700);
    await writeFile(join(directory, 'runner.js'), '');
    const launcher = new LanguageLauncher();
    undo = async () => {
      await launcher.close();
      await rm(directory, { recursive: true });
    };
    const hidden = request([join(directory, 'runner.js')]);
    await launcher.prepare(hidden);
    expect(launcher.isolation.layers).not.toContain('uid');
    expect(launcher.launch(hidden)).not.toHaveProperty('user');
  });

  it('has the kernel end a process that uses up its CPU time, whatever the timers do', async () => {
    class OneSecond extends LanguageLauncher {
      override launch(wanted: LaunchRequest): Launch {
        return super.launch({ ...wanted, cpuSeconds: 2 });
      }
    }
    const keep = await openJavaScriptService({ launcher: new OneSecond() });
    undo = keep.close;
    const id = await keep.upload(view('for (;;);'));
    const outcome = await keep.run(id, {
      limits: { ...keep.service.defaultLimits, wallTimeMs: 60_000, cpuTimeMs: 60_000 },
    });
    expect(outcome).toMatchObject({
      state: 'timed-out',
      error: { code: 'view-cpu-exhausted', message: 'The run used up its CPU time.' },
    });
  });

  it('gives a run with a higher memory limit a process that has it', async () => {
    const keep = await openJavaScriptService();
    undo = keep.close;
    const id = await keep.upload(
      view(
        'const all = []; for (let n = 0; n < 25; n++) all.push(new Uint8Array(10_000_000).fill(1)); return all.length;',
      ),
    );
    expect(await keep.run(id)).toMatchObject({ state: 'failed', error: { code: 'view-out-of-memory' } });
    const outcome = await keep.run(id, {
      limits: { ...keep.service.defaultLimits, memoryMiB: 512, wallTimeMs: 20_000 },
    });
    expect(outcome).toMatchObject({ state: 'succeeded', resultJson: '25' });
    expect(outcome.usage.peakMemoryMiB).toBeGreaterThan(240);
  });
});
