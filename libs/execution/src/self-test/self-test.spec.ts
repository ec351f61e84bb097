import { afterEach, describe, expect, it } from 'vitest';
import type { RuntimeReport } from '@datakeep/contracts';
import { SystemClock, type Timer } from '@datakeep/kernel';
import { LanguageLauncher, type LaunchRequest } from '../jail/launcher.ts';
import { openJavaScriptService, openPythonService } from '../testing.ts';
import { attackLayers } from './attacks.ts';

const answer = 'module.exports = () => 42;';

/** Shows the layers that a test ran with, and how each attack went. */
function show({ name, isolation, selfTest }: RuntimeReport): void {
  const rows = selfTest?.attacks.map(
    ({ attack, outcome, refusedBy, detail }) => `  ${attack}: ${outcome} by ${refusedBy.join(', ')} (${detail ?? ''})`,
  );
  process.stdout.write(
    `${name}, ${isolation.level}, ` +
      `layers ${isolation.layers.join(' ')}, ${selfTest?.durationMs ?? 0} ms\n${rows?.join('\n') ?? ''}\n`,
  );
}

/** A system clock whose hours pass when the test says so. */
class HourlyClock extends SystemClock {
  hours: (() => void)[] = [];

  override setTimer(delayMs: number, callback: () => void): Timer {
    if (delayMs < 60_000) return super.setTimer(delayMs, callback);
    this.hours.push(callback);
    return { cancel: () => void (this.hours = this.hours.filter((other) => other !== callback)) };
  }
}

describe('The self-test of a runtime', () => {
  let undo: () => Promise<unknown> = async () => undefined;
  afterEach(() => undo());

  it.runIf(process.platform === 'linux')('has every attack refused or killed for Python as well', async () => {
    const keep = await openPythonService({ selfTest: true, allowUnconfined: false });
    undo = keep.close;
    const outcome = await keep.run(await keep.upload('def main(parameters, keep):\n    return 42'));
    const report = await keep.service.report();
    show(report);
    expect(report.selfTest?.attacks.filter(({ outcome: end }) => end !== 'refused' && end !== 'killed')).toEqual([]);
    expect(outcome).toMatchObject({ state: 'succeeded', resultJson: '42', isolation: { level: 'os' } });
  });

  it.runIf(process.platform === 'linux')(
    'has every attack refused or killed in the kernel jail, by more than the language, and then lets views run',
    async () => {
      const keep = await openJavaScriptService({ selfTest: true, allowUnconfined: false });
      undo = keep.close;
      let turn = performance.now();
      let longest = 0;
      const lag = setInterval(() => {
        longest = Math.max(longest, performance.now() - turn - 5);
        turn = performance.now();
      }, 5);
      await keep.service.prove();
      clearInterval(lag);
      const report = await keep.service.report();
      show(report);
      process.stdout.write(`event loop of the service, at most ${longest.toFixed(1)} ms late meanwhile\n`);
      expect(report.selfTest?.attacks.filter(({ outcome }) => outcome !== 'refused' && outcome !== 'killed')).toEqual(
        [],
      );
      expect(report.selfTest?.attacks.map(({ attack }) => attack)).toEqual(
        expect.arrayContaining(Object.keys(attackLayers)),
      );
      expect(
        report.selfTest?.attacks.flatMap(({ refusedBy }) =>
          refusedBy.join() === 'language' ? ['language alone'] : [],
        ),
      ).toEqual([]);
      expect(report.isolation).toMatchObject({ level: 'os', proof: expect.stringContaining('refused or killed') });
      const outcome = await keep.run(await keep.upload(answer));
      expect(outcome).toMatchObject({
        state: 'succeeded',
        isolation: { level: 'os', layers: expect.arrayContaining(['landlock', 'seccomp']) },
      });
      expect(outcome.isolation).not.toHaveProperty('unconfined');
    },
  );

  it('leaves no process behind where there are no views', async () => {
    const keep = await openJavaScriptService({ selfTest: true, allowUnconfined: false });
    undo = keep.close;
    await keep.service.prove();
    expect((await keep.service.report()).processes).toMatchObject({ running: 0, idle: 0 });
  });

  it('is made again every hour, and what it finds then counts', async () => {
    const clock = new HourlyClock();
    const keep = await openJavaScriptService({ selfTest: true, allowUnconfined: false, clock });
    undo = keep.close;
    await keep.service.prove();
    const first = (await keep.service.report()).selfTest;
    expect(clock.hours.length).toBeGreaterThan(0);
    for (const hour of clock.hours.splice(0)) hour();
    await expect.poll(async () => (await keep.service.report()).selfTest?.at).not.toBe(first?.at);
  });

  describe('where there is no kernel jail', () => {
    it('finds that out, and no view is taken in or run; the refusal says what is missing', async () => {
      const keep = await openJavaScriptService({
        selfTest: true,
        allowUnconfined: false,
        launcher: new LanguageLauncher(process.platform, 'landlock: Function not implemented'),
      });
      undo = keep.close;
      await expect(keep.upload(answer)).rejects.toMatchObject({
        code: 'view-isolation-missing',
        message: expect.stringContaining('landlock: Function not implemented'),
      });
      const report = await keep.service.report();
      show(report);
      expect(report.isolation.level).toBe('language');
      expect(report.selfTest).toMatchObject({ passed: false });
      expect(report.selfTest?.attacks.find(({ attack }) => attack === 'connects by TCP')).toMatchObject({
        outcome: 'succeeded',
        refusedBy: [],
      });
      expect(await keep.run('0123456789abcdef01234567')).toMatchObject({
        state: 'failed',
        error: {
          code: 'view-isolation-missing',
          message: expect.stringContaining('landlock: Function not implemented'),
        },
      });
    });

    it('lets views run if the admin allows it, and every run says so', async () => {
      const keep = await openJavaScriptService({
        selfTest: true,
        allowUnconfined: true,
        launcher: new LanguageLauncher(),
      });
      undo = keep.close;
      expect(await keep.run(await keep.upload(answer))).toMatchObject({
        state: 'succeeded',
        isolation: { level: 'language', unconfined: true },
      });
    });

    it('really attacks: outside of any jail the program reaches everything', async () => {
      const { runAttacks } = await import('./attack-run.ts');
      const { setDecoys } = await import('./decoys.ts');
      const { javaScriptAttacks } = await import('../javascript/self-test/javascript-attacks.ts');
      const decoys = await setDecoys([]);
      undo = decoys.remove;
      const started = (file: string): LaunchRequest => ({
        program: process.execPath,
        arguments: ['--no-warnings', file],
        reads: [],
        cpuSeconds: 60,
        processes: 64,
      });
      const { reach } = javaScriptAttacks(started);
      const { program, arguments: values } =
        'program' in reach ? reach.program(JSON.stringify(decoys.targets), true) : started('');
      const lines = await runAttacks(
        { file: program, arguments: values, environment: {} },
        new AbortController().signal,
      );
      expect(lines.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(lines.map(({ attack }) => attack)).toEqual(Object.keys(attackLayers));
      const traces = [
        'changes the mode of a file',
        'connects by TCP',
        'connects to a Unix socket',
        'has the kernel signal the supervisor',
        'makes a file where everybody may',
        'opens a database with SQLite',
        'sends by UDP',
        'writes a file that everybody may write',
      ];
      await expect.poll(async () => [...(await decoys.reached())].toSorted()).toEqual(traces);
    });
  });
});
