import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionOutcome, ExecutionRequest, SourceFile } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { openPythonService } from '../testing.ts';

/** The view contract of api.md in Python. */
describe('Python view code', () => {
  let keep: Awaited<ReturnType<typeof openPythonService>>;
  beforeAll(async () => {
    keep = await openPythonService();
  });
  afterAll(() => keep.close());

  const lines = (...text: string[]): string => text.join('\n');
  async function run(
    source: string | readonly SourceFile[],
    request: Partial<ExecutionRequest> = {},
  ): Promise<ExecutionOutcome> {
    return keep.run(await keep.upload(source), request);
  }
  const resultOf = (outcome: ExecutionOutcome): unknown =>
    outcome.state === 'succeeded' ? JSON.parse(outcome.resultJson) : outcome.error;
  const complaints = async (
    source: string | readonly SourceFile[],
  ): Promise<readonly { pointer: string; detail: string }[]> => {
    const error = await keep.upload(source).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatakeepError);
    expect((error as DatakeepError).code).toBe('invalid');
    return (error as DatakeepError).errors;
  };

  it('asks for events in each way that the keep has, with the arguments as over HTTP', async () => {
    const asked: [string, unknown][] = [];
    const outcome = await run(
      lines(
        'def main(parameters, keep):',
        "    keep.events.query({'profile': 'walks'})",
        "    keep.events.aggregate({'profile': 'walks', 'measures': {}})",
        "    keep.events.create([{'metadata': {'profile': 'walks'}, 'payload': {'name': 'ß'}}])",
        "    keep.events.modify('a' * 24, {'steps': 1})",
        "    keep.events.modify('a' * 24, {'steps': 1}, 3)",
        "    return keep.events.delete('a' * 24)",
      ),
      {
        broker: {
          call: async (method, argumentsJson) => (
            asked.push([method, JSON.parse(argumentsJson)]),
            { json: 'null', items: 0 }
          ),
        },
      },
    );
    const id = 'a'.repeat(24);
    expect(resultOf(outcome)).toBeNull();
    expect(asked).toEqual([
      ['events.query', [{ profile: 'walks' }]],
      ['events.aggregate', [{ profile: 'walks', measures: {} }]],
      ['events.create', [[{ metadata: { profile: 'walks' }, payload: { name: 'ß' } }]]],
      ['events.modify', [id, { steps: 1 }]],
      ['events.modify', [id, { steps: 1 }, 3]],
      ['events.delete', [id]],
    ]);
  });

  it('asks for several things at once in coroutines, while others go on', async () => {
    let open = 0;
    let most = 0;
    const broker = {
      call: async (_method: string, argumentsJson: string) => {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setTimeout(resolve, 20));
        open -= 1;
        return { json: argumentsJson, items: 0 };
      },
    };
    const outcome = await run(
      lines(
        'import asyncio',
        'async def main(parameters, keep):',
        '    answers = await asyncio.gather(*(keep.events.query({"page": n}) for n in range(5)))',
        '    return [answer[0]["page"] for answer in answers]',
      ),
      { broker },
    );
    expect(resultOf(outcome)).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(5);
  });

  it('asks from several threads', async () => {
    const outcome = await run(
      lines(
        'from concurrent.futures import ThreadPoolExecutor',
        'def main(parameters, keep):',
        '    with ThreadPoolExecutor(4) as pool:',
        '        return [answer[0] for answer in pool.map(lambda n: keep.events.query(n), range(20))]',
      ),
      { broker: { call: async (_method, argumentsJson) => ({ json: argumentsJson, items: 0 }) } },
    );
    expect(resultOf(outcome)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('reads an answer of several MiB', async () => {
    const json = JSON.stringify({ items: Array.from({ length: 5 }, () => 'x'.repeat(1_000_000)), nextCursor: null });
    const outcome = await run("def main(parameters, keep):\n    return sum(map(len, keep.events.query({})['items']))", {
      broker: { call: async () => ({ json, items: 5 }) },
    });
    expect(outcome).toMatchObject({
      state: 'succeeded',
      resultJson: '5000000',
      usage: { eventsRead: 5, bytesRead: json.length },
    });
  });

  it('has what refers to itself collected while it runs', async () => {
    const source = lines(
      'def main(parameters, keep):',
      '    for _ in range(400_000):',
      '        ring = [bytearray(1000)]',
      '        ring.append(ring)',
      '    return True',
    );
    expect(resultOf(await run(source))).toBe(true);
  });

  it.each([
    [
      "is named as one of the runner's",
      "class RequestRefused(Exception): pass\ndef main(parameters, keep): raise RequestRefused('no')",
      'RequestRefused: no',
    ],
    ['has a code that is no text', "def main(parameters, keep): raise keep.Error(5, 'no')", 'KeepError: no'],
  ])('fails with an exception of its own making that %s', async (_what, source, message) => {
    const error = { code: 'view-threw', message, file: 'main.py' };
    expect(await run(source)).toMatchObject({ state: 'failed', error });
  });

  it('reads a refusal also where a file of its own is named as a module that the runner uses', async () => {
    const main = lines(
      'def main(parameters, keep):',
      '    try: keep.events.delete("x")',
      '    except keep.Error as error: return error.code',
    );
    const broker = { call: () => Promise.reject(new DatakeepError('forbidden')) };
    const files = [
      { path: 'main.py', content: main },
      { path: 'json.py', content: '' },
    ];
    expect(resultOf(await run(files, { broker }))).toBe('forbidden');
  });

  it("imports Python's own module beside a folder of that name that has no Python in it", async () => {
    const files = [
      { path: 'main.py', content: 'import calendar\ndef main(parameters, keep): return calendar.isleap(2024)' },
      { path: 'calendar/days.json', content: '[]' },
    ];
    expect(resultOf(await run(files))).toBe(true);
  });

  it("imports files of its own that are named as the runner's", async () => {
    const names = readdirSync(new URL('runner/', import.meta.url))
      .flatMap((file) => (file.endsWith('.py') && file !== 'main.py' ? [file.slice(0, -3)] : []))
      .toSorted();
    expect(names).toContain('keep');
    for (let from = 0; from < names.length; from += 9) {
      const some = names.slice(from, from + 9);
      const main = lines(
        `import ${some.join(', ')}`,
        'def main(parameters, _):',
        `    return [module.own for module in (${some.join(', ')},)]`,
      );
      const files = some.map((name) => ({ path: `${name}.py`, content: `own = '${name}'` }));
      expect(resultOf(await run([{ path: 'main.py', content: main }, ...files]))).toEqual(some);
    }
  });

  it('fails with the code of what the keep refused and nobody caught', async () => {
    const outcome = await run('def main(parameters, keep):\n    keep.events.delete("x")', {
      broker: { call: () => Promise.reject(new DatakeepError('forbidden', 'No right to delete.')) },
    });
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'forbidden', file: 'main.py', line: 2 } });
    expect(outcome.state !== 'succeeded' && outcome.error.message).toContain('No right to delete.');
  });

  it('refuses arguments that are no JSON before they are sent', async () => {
    const source = lines(
      'def main(parameters, keep):',
      '    try: keep.events.query({"n": float("nan")})',
      '    except keep.Error as error: return error.code',
    );
    expect(resultOf(await run(source))).toBe('invalid');
  });

  it('imports its own files, in folders and packages, from memory', async () => {
    const outcome = await run([
      {
        path: 'main.py',
        content: lines(
          'import pkgutil, sums',
          'from shapes import area, __doc__ as told',
          'from shapes.round.circle import name',
          'from folder.deep import value',
          'import statistics',
          'def main(parameters, keep):',
          "    return [sums.add(1, 2), area(3), told, name, value, statistics.own, pkgutil.get_data('shapes', " +
            "'data.txt').decode(), sums.__file__, __name__]",
        ),
      },
      { path: 'sums.py', content: 'def add(a, b): return a + b' },
      { path: 'shapes/__init__.py', content: '"""Shapes."""\nfrom .flat import area' },
      { path: 'shapes/flat.py', content: 'from . import numbers\ndef area(side): return side * side + numbers.ZERO' },
      { path: 'shapes/numbers.py', content: 'ZERO = 0' },
      { path: 'shapes/round/__init__.py', content: '' },
      { path: 'shapes/round/circle.py', content: 'from ..numbers import ZERO\nname = "circle" + str(ZERO)' },
      { path: 'folder/deep.py', content: 'value = 7' },
      { path: 'statistics.py', content: 'own = "ours stands before the library\'s"' },
      { path: 'shapes/data.txt', content: 'ß' },
    ]);
    expect(resultOf(outcome)).toEqual([
      3,
      9,
      'Shapes.',
      'circle0',
      7,
      "ours stands before the library's",
      'ß',
      'sums.py',
      'main',
    ]);
  });

  it('does not run what stands under `if __name__ == "__main__"` beside a main', async () => {
    const outcome = await run(
      'def main(parameters, keep):\n    return 1\nif __name__ == "__main__":\n    raise SystemExit(1)',
    );
    expect(outcome).toMatchObject({ state: 'succeeded', resultJson: '1' });
  });

  it('takes tuples, subclasses and text of any kind as JSON', async () => {
    const outcome = await run(
      lines(
        'import collections, enum',
        'class Colour(str, enum.Enum): RED = "red"',
        'Point = collections.namedtuple("Point", "x y")',
        'def main(parameters, keep):',
        '    return {"t": (1, 2.5), "p": Point(1, 2), "d": collections.Counter("aab"), "c": [Colour.RED], "b": ' +
          'True, "u": "ß", "e": 1e300, "i": 2 ** 60}',
      ),
    );
    expect(resultOf(outcome)).toEqual({
      t: [1, 2.5],
      p: [1, 2],
      d: { a: 2, b: 1 },
      c: ['red'],
      b: true,
      u: 'ß',
      e: 1e300,
      i: 2 ** 60,
    });
  });

  it('logs what it prints, warns and logs, each with its level', async () => {
    const outcome = await run(
      lines(
        'import logging, sys, warnings',
        'def main(parameters, keep):',
        '    print("one", end=""); print(" line"); print("two\\nthree", flush=True)',
        '    print("bad", file=sys.stderr); sys.stdout.buffer.write(b"bytes\\n")',
        '    logging.debug("debug"); logging.getLogger("mine").info("info %s", 1); logging.error("error")',
        '    warnings.warn("old")',
        '    print("open end", end="")',
      ),
    );
    expect(outcome.logs.map(({ level, text }) => [level, text.split('\n')[0]])).toEqual([
      ['info', 'one line'],
      ['info', 'two'],
      ['info', 'three'],
      ['error', 'bad'],
      ['info', 'bytes'],
      ['debug', 'debug'],
      ['info', 'info 1'],
      ['error', 'error'],
      ['warn', 'main.py:6: UserWarning: old'],
      ['info', 'open end'],
    ]);
  });

  it('logs a long line of characters that take four bytes each', async () => {
    const limits = { ...keep.service.defaultLimits, logBytes: 1024 * 1024 };
    const outcome = await run("def main(parameters, keep):\n    print('\\U0001F600' * 70_000)", { limits });
    expect(outcome).toMatchObject({ state: 'succeeded', logs: [{ text: '\u{1F600}'.repeat(65_536) }] });
  });

  it('shows the traceback of a failure with its own files and lines only', async () => {
    const outcome = await run([
      { path: 'main.py', content: 'import lib\ndef main(parameters, keep):\n    lib.read("{")' },
      { path: 'lib.py', content: 'import json\ndef read(text):\n    return json.loads(text)' },
    ]);
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'view-threw', file: 'lib.py', line: 3 } });
    const trace = outcome.logs.find(({ level }) => level === 'error')?.text ?? '';
    expect(trace.split('\n').filter((line) => line.includes('File "'))).toEqual([
      '  File "main.py", line 3, in main',
      '  File "lib.py", line 3, in read',
    ]);
  });

  describe('as a script', () => {
    it('takes its parameters from its argument and returns its last output; the output before is its log', async () => {
      const source = lines(
        'import json, sys',
        'def main():',
        '    parameters = json.loads(sys.argv[1])',
        '    print("working")',
        '    print(json.dumps({"steps": parameters["steps"] + 1}))',
        'if __name__ == "__main__":',
        '    main()',
      );
      const outcome = await run(source, { parametersJson: '{"steps":1}' });
      expect(resultOf(outcome)).toEqual({ steps: 2 });
      expect(outcome.logs).toMatchObject([{ level: 'info', text: 'working' }]);
    });

    it('may print its result over several lines, if nothing else, or nothing at all', async () => {
      expect(resultOf(await run('import json\nprint(json.dumps({"a": [1, 2]}, indent=2))'))).toEqual({ a: [1, 2] });
      expect(resultOf(await run('import sys\nsys.exit(0)'))).toBeNull();
    });

    it('fails when its last output is not JSON or it exits with an error; the log has its output', async () => {
      const outcome = await run('print("a")\nprint("NaN")');
      expect(outcome).toMatchObject({ state: 'failed', error: { code: 'view-result-not-json' } });
      expect(outcome.logs.map(({ text }) => text)).toEqual(['a', 'NaN']);
      expect(await run('print("a")\nimport sys\nsys.exit("no")')).toMatchObject({
        state: 'failed',
        error: { code: 'view-threw', message: 'SystemExit: no', file: 'main.py', line: 3 },
        logs: [{ text: 'a' }, { level: 'error' }],
      });
      expect(await run('print(\'[{"a": 1, "a": 1}]\')')).toMatchObject({
        state: 'failed',
        error: { code: 'view-result-not-json', message: 'The result has an object with a member twice.' },
      });
      expect(resultOf(await run('print(\'{"a": 1, "a": 1}\')\nprint(5)'))).toBe(5);
      expect(await run('print("1" * 3_000_000)')).toMatchObject({
        state: 'failed',
        error: { code: 'view-result-too-large' },
      });
    });
  });

  describe('is refused at upload', () => {
    it.each<[string, string, string]>([
      ['a syntax error', 'def main(parameters, keep):\n    return (1\n', 'main.py, line 2, column 12'],
      ['bad indentation', 'def main(parameters, keep):\nreturn 1', 'main.py, line 2'],
      ['a null character', 'def main(parameters, keep): return "\u0000"', 'main.py'],
      ['return outside a function', 'return 1', 'main.py, line 1'],
      [
        'no main and nothing that a script does',
        'import json\nLIMIT = 5\ndef other(): pass',
        'no `def main(parameters, keep)`',
      ],
      ['a main of one argument', 'def main(parameters): pass', 'main.py, line 1, column 1'],
      [
        'two mains',
        'def main(a, b): pass\ndef main(a, b): pass',
        'main.py, line 2, column 1: `main` is defined twice.',
      ],
      ['an import that nobody has', 'import numpy as np\ndef main(a, b): pass', '`numpy` is neither'],
      [
        'a relative import out of the files',
        'from . import x\ndef main(a, b): pass',
        'main.py, line 1, column 1: A relative import',
      ],
      ['source nested too deep', `x = ${'('.repeat(5000)}${')'.repeat(5000)}\ndef main(a, b): pass`, ''],
      ['operators nested too deep', `x = ${'-'.repeat(100_000)}1\ndef main(a, b): pass`, ''],
    ])('with %s, and its place', async (_what, source, detail) => {
      const found = await complaints(source);
      expect(found[0]?.pointer).toMatch(/^\/files(?:\/0\/content)?$/);
      expect(found[0]?.detail).toContain(detail);
    });

    it('for a fault in another file, and JSON that is none', async () => {
      const found = await complaints([
        { path: 'main.py', content: 'import lib.sums\ndef main(a, b): pass' },
        { path: 'lib/sums.py', content: 'x = 1\ny == = 2' },
        { path: 'data.json', content: '{' },
      ]);
      expect(found.map(({ pointer }) => pointer)).toEqual(['/files/1/content', '/files/2/content']);
      expect(found[0]?.detail).toContain('lib/sums.py, line 2, column');
    });

    it('but not for an import that may have another way, nor for one that is a file of its own', async () => {
      const source = lines(
        'from typing import TYPE_CHECKING',
        'if TYPE_CHECKING:',
        '    from typing_extensions import Self',
        'try:',
        '    import numpy',
        'except ImportError:',
        '    numpy = None',
        'def main(a, b): return numpy',
      );
      expect(resultOf(await run(source))).toBeNull();
    });
  });
});

describe('A Python runtime without Python', () => {
  it('is unhealthy and says why, takes nothing in and runs nothing', async () => {
    const keep = await openPythonService({ pythonPaths: ['/nowhere/python3', '/usr/bin/env', '/etc/hostname'] });
    try {
      const report = await keep.service.report();
      expect(report).toMatchObject({ name: 'python', healthy: false, detail: expect.stringContaining('/usr/bin/env') });
      expect(report.detail).toMatch(/^Python views need Python 3\.9 or later/);
      await expect(keep.upload('def main(a, b): pass')).rejects.toMatchObject({
        code: 'execution-service-unreachable',
        message: expect.stringContaining('Python 3.9'),
      });
      await expect(keep.run('a'.repeat(24))).rejects.toMatchObject({ code: 'execution-service-unreachable' });
      expect(await keep.service.read('a'.repeat(24))).toBeUndefined();
      await keep.service.delete('a'.repeat(24));
    } finally {
      await keep.close();
    }
  });

  it("passes over a version manager's script", async () => {
    const { findPython } = await import('./find-python.ts');
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
    const { tmpdir } = await import('node:os');
    const directory = await mkdtemp(`${tmpdir()}/datakeep-shim-`);
    try {
      await writeFile(`${directory}/python3`, '#!/bin/sh\nexec /usr/bin/python3 "$@"\n', { mode: 0o755 });
      await expect(findPython([`${directory}/python3`])).rejects.toThrow('a script, not a program');
      expect((await findPython([`${directory}/python3`, '/usr/bin/python3'])).path).toMatch(/^\/usr\/bin\/python3/);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
