import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionLimits } from '@datakeep/contracts';
import { openJavaScriptService, openPythonService } from '../testing.ts';

/** Each limit that a run can pass: its code, what it allows and what was used; and that the next run has its slot. */
describe('A run that passes a limit', () => {
  let javascript: Awaited<ReturnType<typeof openJavaScriptService>>;
  let python: Awaited<ReturnType<typeof openPythonService>>;

  beforeAll(async () => {
    javascript = await openJavaScriptService({ processes: 1 });
    python = await openPythonService({ processes: 1 });
  });
  afterAll(() => Promise.all([javascript.close(), python.close()]));

  const js = (body: string): string => `module.exports = async (parameters, keep) => { ${body} };`;
  const py = (...lines: string[]): string =>
    ['def main(parameters, keep):', ...lines.map((line) => `    ${line}`)].join('\n');
  const million = {
    call: () => Promise.resolve({ json: JSON.stringify({ items: ['x'.repeat(1_000_000)] }), items: 1 }),
  };

  it.each<[string, 'javascript' | 'python', string, Partial<ExecutionLimits>, string, string, number]>([
    [
      'wall time',
      'javascript',
      js('await new Promise(() => {});'),
      { wallTimeMs: 300 },
      'timed-out',
      'view-timed-out',
      300,
    ],
    [
      'wall time',
      'python',
      py('import time', 'time.sleep(60)'),
      { wallTimeMs: 300 },
      'timed-out',
      'view-timed-out',
      300,
    ],
    [
      'CPU time',
      'javascript',
      js('for (;;);'),
      { cpuTimeMs: 300, wallTimeMs: 20_000 },
      'timed-out',
      'view-cpu-exhausted',
      300,
    ],
    [
      'memory',
      'javascript',
      js('const all = []; for (;;) all.push(new Uint8Array(5_000_000).fill(1));'),
      { wallTimeMs: 20_000 },
      'failed',
      'view-out-of-memory',
      192,
    ],
    [
      'threads',
      'python',
      py(
        'import threading, time',
        'threading.stack_size(65536)',
        'for _ in range(50): threading.Thread(target=time.sleep, args=(60,)).start()',
        'time.sleep(60)',
      ),
      { processes: 32, wallTimeMs: 20_000 },
      'failed',
      'view-too-many-processes',
      32,
    ],
    [
      'input events',
      'javascript',
      js('for (;;) await keep.events.query({});'),
      { inputEvents: 3 },
      'failed',
      'view-input-too-large',
      3,
    ],
    [
      'input bytes',
      'javascript',
      js('for (;;) await keep.events.query({});'),
      { inputBytes: 2_500_000 },
      'failed',
      'view-input-too-large',
      2_500_000,
    ],
  ])(
    'of %s (%s) is told by how much, and the next run succeeds',
    async (_what, language, source, limits, state, code, limit) => {
      const keep = language === 'javascript' ? javascript : python;
      const id = await keep.upload(source);
      const began = performance.now();
      const outcome = await keep.run(id, { limits: { ...keep.service.defaultLimits, ...limits }, broker: million });
      process.stdout.write(
        `${code} after ${(performance.now() - began).toFixed(0)} ms, layers ${outcome.isolation.layers.join(' ')}\n`,
      );
      expect(outcome).toMatchObject({ state, error: { code, limit } });
      const used = 'error' in outcome ? outcome.error.used : undefined;
      expect(used).toBeGreaterThanOrEqual(limit);
      const probe = await keep.upload(language === 'javascript' ? js('return 42;') : py('return 42'));
      expect(await keep.run(probe)).toMatchObject({ state: 'succeeded', resultJson: '42' });
    },
  );
});
