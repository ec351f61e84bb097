import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionOutcome, ExecutionRequest } from '@datakeep/contracts';
import { attackBeside } from '../process/attack.fixture.ts';
import { openPythonService } from '../testing.ts';

/** What hostile or broken view code gets: a clear failure, while the keep answers on. */
describe('Python view code that misbehaves', () => {
  let keep: Awaited<ReturnType<typeof openPythonService>>;
  let probe: string;

  beforeAll(async () => {
    keep = await openPythonService({ processes: 3 });
    probe = await keep.upload('def main(parameters, keep):\n    return 42');
  });
  afterAll(() => keep.close());

  const attack = (source: string, request?: Partial<ExecutionRequest>): Promise<ExecutionOutcome> =>
    attackBeside(keep, probe, source, request);

  const view = (...lines: string[]): string =>
    ['def main(parameters, keep):', ...lines.map((line) => `    ${line}`)].join('\n');

  it.each<[string, string, Record<string, unknown>]>([
    [
      'raises',
      view("raise TypeError('bad')"),
      { state: 'failed', error: { code: 'view-threw', message: 'TypeError: bad', file: 'main.py', line: 2 } },
    ],
    [
      'raises an exception that cannot be read',
      view('class Trap(Exception):', '    def __str__(self): raise ValueError()', 'raise Trap()'),
      { state: 'failed', error: { code: 'view-threw' } },
    ],
    [
      'exits',
      view('import sys', 'sys.exit(3)'),
      { state: 'failed', error: { code: 'view-threw', message: 'SystemExit: 3' } },
    ],
    ['ends its process', view('import os', 'os._exit(0)'), { state: 'failed', error: { code: 'view-crashed' } }],
    ['loops for ever', view('while True: pass'), { state: 'timed-out', error: { code: 'view-timed-out' } }],
    [
      'sleeps for ever',
      view('import time', 'time.sleep(1000)'),
      { state: 'timed-out', error: { code: 'view-timed-out' } },
    ],
    [
      'loops for ever among coroutines',
      'import asyncio\nasync def main(parameters, keep):\n    while True: await asyncio.sleep(0)',
      { state: 'timed-out', error: { code: 'view-timed-out' } },
    ],
    [
      'ignores its CPU limit and every signal',
      view(
        'import signal',
        'for number in range(1, 32):',
        '    try: signal.signal(number, signal.SIG_IGN)',
        '    except OSError: pass',
        'while True: pass',
      ),
      { state: 'timed-out', error: { code: 'view-timed-out' } },
    ],
    [
      'backtracks in a regular expression',
      view('import re', "return bool(re.match(r'(a*)*\\1b$', 'a' * 40))"),
      { state: 'timed-out', error: { code: 'view-timed-out' } },
    ],
    [
      'computes a huge number',
      view('return len(str(9 ** 9 ** 8))'),
      { state: 'timed-out', error: { code: 'view-timed-out' } },
    ],
    [
      'fills a list',
      view('all = []', 'while True: all.append([0] * 1000)'),
      { state: 'failed', error: { code: 'view-out-of-memory' } },
    ],
    [
      'fills text',
      view("all = 'x'", 'while True: all += all'),
      { state: 'failed', error: { code: 'view-out-of-memory' } },
    ],
    [
      'asks for 1 GiB',
      view('return len(bytearray(1 << 30))'),
      { state: 'failed', error: { code: 'view-out-of-memory', file: 'main.py', line: 2 } },
    ],
    [
      'maps 1 GiB',
      view('import mmap', 'return len(mmap.mmap(-1, 1 << 30))'),
      { state: 'failed', error: { code: 'view-threw', message: expect.stringContaining('Cannot allocate memory') } },
    ],
    [
      'recurses without end',
      view('return main(parameters, keep)'),
      { state: 'failed', error: { code: 'view-threw', message: expect.stringContaining('RecursionError') } },
    ],
    ['returns 100 MB', view("return 'x' * 100_000_000"), { state: 'failed', error: { code: 'view-result-too-large' } }],
    [
      'returns a million entries',
      view('return list(range(1_000_000))'),
      { state: 'failed', error: { code: 'view-result-too-large' } },
    ],
    [
      'answers and stays',
      view('import os', 'os._exit = lambda code: None', 'import sys', 'return 1'),
      { state: expect.stringMatching(/succeeded|failed/) },
    ],
    [
      'closes its channel and stays',
      view('import os, time', 'os.close(3)', 'time.sleep(1000)'),
      { state: 'timed-out', error: { code: 'view-timed-out' } },
    ],
    [
      'speaks out of turn on its channel',
      view('import os', "os.write(3, b'\\x00' * 1000)", 'while True: pass'),
      { state: expect.stringMatching(/failed|timed-out/) },
    ],
    [
      'announces a frame that never ends',
      view('import os, struct', "os.write(3, struct.pack('<IBI', 1 << 31, 18, 1))", 'while True: pass'),
      { state: 'failed', error: { code: 'view-crashed' } },
    ],
    [
      'pretends that its run has ended',
      view(
        'import os, struct',
        "for kind in (16, 21, 23, 24): os.write(3, struct.pack('<IBI', 16, kind, 1) + bytes(16))",
        "return 'here'",
      ),
      { state: 'succeeded', resultJson: '"here"' },
    ],
    [
      'claims that it was cancelled, and stays',
      view(
        'import os, struct, sys, time',
        'frame = sys._getframe()',
        "while 'number' not in frame.f_locals: frame = frame.f_back",
        'body = b\'{"code":"view-cancelled","message":""}\'',
        "os.write(3, struct.pack('<IBI', len(body), 20, frame.f_locals['number']) + body)",
        'time.sleep(1000)',
      ),
      { state: 'failed', error: { code: 'view-cancelled' } },
    ],
    [
      'imports what is not there',
      'def main(parameters, keep):\n    import numpy',
      { state: 'failed', error: { code: 'view-load-failed', line: 2 } },
    ],
    [
      'raises while it is loaded',
      "raise Exception('early')\ndef main(parameters, keep): pass",
      { error: { code: 'view-threw', message: 'early', line: 1 } },
    ],
    ['has a main that is no function', 'main = 5\n', { state: 'failed', error: { code: 'view-load-failed' } }],
    ['fills the log', view("while True: print('x' * 1000)"), { state: 'timed-out' }],
    [
      'writes 100 MB to its output',
      view('import os', "for _ in range(100): os.write(1, b'x' * 1_000_000)"),
      { error: { code: 'view-output-too-large' } },
    ],
  ])('that %s fails clearly', async (_what, source, expected) => {
    // The attacks that must hit another limit than wall time get 20 s, also on a busy machine.
    const wallTimeMs = { failed: 20_000, 'timed-out': 400 }[String(expected['state'])] ?? 1000;
    expect(await attack(source, { limits: { ...keep.service.defaultLimits, wallTimeMs } })).toMatchObject(expected);
  });

  it.each<[string, string]>([
    ['NaN', "float('nan')"],
    ['infinity in a list', "[float('inf')]"],
    ['a decimal', "__import__('decimal').Decimal('1.5')"],
    ['bytes', "b'x'"],
    ['a set', '{1}'],
    ['a function', 'main'],
    ['a generator', '(x for x in [])'],
    ['a date', "__import__('datetime').date.today()"],
    ['a key that is no text', '{1: 2}'],
    ['__proto__', "{'a': {'__proto__': 1}}"],
    [
      'a key twice',
      "{type('S', (str,), {'__hash__': lambda self: id(self), '__eq__': lambda self, other: self is other})(c): " +
        "1 for c in ('a', 'a')}",
    ],
    ['half of a surrogate pair', "['\\ud800']"],
    ['an integer that a double cannot hold', '2 ** 53 + 1'],
    ['an integer beyond every double', '10 ** 400'],
    ['a cycle', '(lambda a: a.append(a) or a)([])'],
    ['10,000 levels', "__import__('functools').reduce(lambda a, _: [a], range(10_000), [])"],
  ])('that returns %s fails as no JSON', async (_what, expression) => {
    const sourceCodeId = await keep.upload(view(`return ${expression}`));
    expect(await keep.run(sourceCodeId)).toMatchObject({ state: 'failed', error: { code: 'view-result-not-json' } });
  });

  it('leaves nothing to the next run of its own instance or of another', async () => {
    const sourceCodeId = await keep.upload(
      [
        'import builtins, json, sys, os',
        'def main(parameters, keep):',
        "    seen = [hasattr(builtins, 'mark'), json.dumps(1), 'planted' in sys.modules, " +
          "os.environ.get('MARK'), len(sys.path) > 50]",
        "    builtins.mark = 1; json.dumps = lambda *a, **k: 'patched'; sys.modules['planted'] = sys; " +
          "os.environ['MARK'] = '1'; sys.path.extend('x' * 99)",
        '    return seen',
      ].join('\n'),
    );
    for (const reuseKey of ['a', 'a', 'b']) {
      const outcome = await keep.run(sourceCodeId, { reuseKey });
      // It patched what the runner itself writes its result with: that is its own result's loss.
      expect(outcome.state === 'succeeded' ? outcome.resultJson : outcome.error.code).toBe('view-crashed');
    }
    const gentle = await keep.upload(
      [
        'import builtins, sys, os, threading',
        'def main(parameters, keep):',
        "    seen = [hasattr(builtins, 'mark'), 'planted' in sys.modules, os.environ.get('MARK'), len(sys.path) > 50]",
        "    builtins.mark = 1; sys.modules['planted'] = sys; os.environ['MARK'] = '1'; sys.path.extend('x' * 99)",
        '    threading.Thread(target=lambda: threading.Event().wait()).start()',
        '    return seen',
      ].join('\n'),
    );
    for (const reuseKey of ['a', 'a', 'b'])
      expect(await keep.run(gentle, { reuseKey })).toMatchObject({
        state: 'succeeded',
        resultJson: '[false,false,null,false]',
      });
  });

  it('finds nothing of the keep in its environment, arguments and messages', async () => {
    const outcome = await attack(
      [
        'import os, sys, traceback, logging',
        'def main(parameters, keep):',
        '    print(dict(os.environ))',
        '    try: keep.events.query({1: object()})',
        '    except Exception: traceback.print_exc(); logging.exception("again")',
        "    raise Exception('end')",
      ].join('\n'),
    );
    const told = JSON.stringify(outcome.logs) + JSON.stringify(outcome);
    expect(told).toContain('main.py');
    expect(told).not.toMatch(/libs|runner|keep\.py|work|python3/);
    expect(outcome.logs[0]?.text).toMatch(
      /^\{'PATH': '\/usr\/bin:\/bin', 'TZ': 'UTC', 'OPENSSL_CONF': '\/dev\/null'(?:, 'LC_CTYPE': 'C\.UTF-8')?\}$/,
    );
  });

  it('that is killed in a loop has its lines from before it in the log', async () => {
    const outcome = await attack(view("print('before')", 'while True: pass'));
    expect(outcome.logs).toMatchObject([{ level: 'info', text: 'before' }]);
  });

  it('that prints many lines and returns has them in order', async () => {
    const outcome = await attack(view('for n in range(500): print(n)'));
    expect(outcome.logs.map(({ text }) => text)).toEqual(Array.from({ length: 500 }, (_, n) => String(n)));
  });

  it('that prints more than the limit is told how much was dropped', async () => {
    const outcome = await attack(view("print('x' * 60_000)", "print('y' * 60_000)", "print('z')"));
    expect(outcome).toMatchObject({ state: 'succeeded' });
    expect(outcome.usage.logBytesDropped).toBeGreaterThan(50_000);
  });
});
