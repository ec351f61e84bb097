import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ExecutionOutcome, ExecutionRequest } from '@datakeep/contracts';
import { LanguageLauncher } from '../jail/launcher.ts';
import { openPythonService } from '../testing.ts';

const linux = process.platform === 'linux';
const view = (...lines: string[]): string =>
  ['def main(parameters, keep):', ...lines.map((line) => `    ${line}`)].join('\n');

interface Runner {
  readonly pid: number;
  /** The runner that forked it, if one did. */
  readonly zygote: number | undefined;
}

/**
 * Every Python runner process below this one. Between the two there may be bubblewrap, whose arguments name the runner,
 * too.
 */
function runners(): readonly Runner[] {
  const parents = new Map<number, number>();
  const found = new Set<number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1');
      parents.set(Number(name), parent);
      if (command.includes('python/runner/main.py') && !/^\S*bwrap\0/.test(command)) found.add(Number(name));
    } catch {
      // It ended meanwhile.
      continue;
    }
  }
  const isBelow = (pid: number): boolean => pid === process.pid || (parents.has(pid) && isBelow(parents.get(pid)!));
  return [...found]
    .filter(isBelow)
    .map((pid) => ({ pid, zygote: found.has(parents.get(pid)!) ? parents.get(pid) : undefined }));
}

/** Those of them that a zygote forked, beside the one that waits for its next run. */
const children = (): readonly Runner[] => {
  const waiting = new Set<number>();
  return runners().filter(({ zygote }) => zygote !== undefined && waiting.size === waiting.add(zygote).size);
};

describe.runIf(linux)('The children of a zygote', () => {
  let keep: Awaited<ReturnType<typeof openPythonService>>;
  beforeAll(async () => {
    keep = await openPythonService();
  });
  afterAll(() => keep.close());

  const run = async (source: string, request: Partial<ExecutionRequest> = {}): Promise<ExecutionOutcome> =>
    keep.run(await keep.upload(source), { limits: { ...keep.service.defaultLimits, wallTimeMs: 20_000 }, ...request });
  const resultOf = (outcome: ExecutionOutcome): unknown =>
    outcome.state === 'succeeded' ? JSON.parse(outcome.resultJson) : outcome.error;

  it.each<[string, string]>([
    ['an endless loop', view('while True: pass')],
    [
      'an endless chain of coroutines',
      'import asyncio\nasync def main(parameters, keep):\n    while True: await asyncio.sleep(0)',
    ],
    ['a catastrophic regular expression', view('import re', "re.match(r'(a*)*\\1b$', 'a' * 60)")],
    [
      'every signal ignored',
      view('import signal', 'signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))', 'while True: pass'),
    ],
    [
      'a thread that does not let go',
      view(
        'import threading',
        'threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()',
        'while True: pass',
      ),
    ],
  ])('are gone when the run of %s has been killed, and the next run succeeds', async (what, source) => {
    const outcome = await run(source, { limits: { ...keep.service.defaultLimits, wallTimeMs: 500 } });
    expect(outcome).toMatchObject({ state: 'timed-out', error: { limit: 500 } });
    expect(children()).toEqual([]);
    const begun = performance.now();
    expect(await run(view('return 1'))).toMatchObject({ state: 'succeeded' });
    process.stdout.write(
      `${what}: killed ${(outcome.usage.wallMs - 500).toFixed(0)} ms after its limit, ` +
        `the next run took ${(performance.now() - begun).toFixed(0)} ms\n`,
    );
  });

  it.each<[string, string]>([
    ['lists', view('all = []', 'while True: all.append([0] * 1000)')],
    ['text', view("all = 'x'", 'while True: all += all')],
    ['bytes', view('return [len(bytearray(b"x") * (1 << 30))]')],
    [
      'maps',
      view(
        'import mmap',
        'all = []',
        'while True:',
        '    all.append(mmap.mmap(-1, 1 << 22)); all[-1].write(b"x" * (1 << 22))',
      ),
    ],
    [
      'a list that catches its failures',
      view('all = []', 'while True:', '    try: all.append(bytearray(b"x") * 100_000)', '    except MemoryError: pass'),
    ],
    [
      'threads that each fill a list',
      view(
        'import threading',
        'def fill():',
        '    all = []',
        '    while True: all.append([0] * 1000)',
        'for _ in range(4): threading.Thread(target=fill).start()',
        'fill()',
      ),
    ],
  ])('take no more than their memory limit with %s', async (what, source) => {
    const outcome = await run(source, { limits: { ...keep.service.defaultLimits, wallTimeMs: 3000 } });
    expect(outcome.state).toMatch(/^(?:failed|timed-out)$/);
    expect(outcome.usage.peakMemoryMiB).toBeLessThanOrEqual(1.5 * keep.service.defaultLimits.memoryMiB);
    expect(children()).toEqual([]);
    process.stdout.write(
      `${what}: at most ${outcome.usage.peakMemoryMiB.toFixed(0)} MiB, ` +
        `${outcome.state === 'succeeded' ? '' : outcome.error.code}\n`,
    );
  });

  it('cannot become more processes, by whatever call, nor leave their group', async () => {
    const outcome = await run(
      [
        'import ctypes, os, subprocess, multiprocessing, _posixsubprocess, platform',
        'libc = ctypes.CDLL(None, use_errno=True)',
        'def call(*values):',
        '    result = libc.syscall(*values)',
        '    if result == 0 and os.getpid() != own: os._exit(0)',
        '    return "made" if result >= 0 else os.strerror(ctypes.get_errno())',
        'own = os.getpid()',
        'clone, fork, vfork = (56, 57, 58) if platform.machine() == "x86_64" else (220, 220, 220)',
        'attempts = {',
        '    "fork": os.fork, "subprocess": lambda: subprocess.run(["/bin/true"]), "system": lambda: ' +
          '1 / (os.system("true") == 0), "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),',
        '    "process": lambda: multiprocessing.Process(target=int).start(), "forkpty": os.forkpty, "setsid": ' +
          'os.setsid, "setpgid": lambda: os.setpgid(0, 0), "exec": lambda: os.execv("/usr/bin/python3", ["python3"]),',
        '}',
        'def main(parameters, keep):',
        '    told = {}',
        '    for name, attempt in attempts.items():',
        '        try: told[name] = "made " + repr(attempt())',
        '        except (OSError, ZeroDivisionError): told[name] = "refused"',
        '    for name, values in {"clone": (clone, 17, 0, 0, 0, 0), "fork call": (fork, 17, 0, 0, 0, 0), ' +
          '"vfork call": (vfork, 17, 0, 0, 0, 0), "clone3": (435, 0, 0)}.items():',
        '        told[name] = call(*values)',
        '    return told',
      ].join('\n'),
    );
    const told = resultOf(outcome) as Record<string, string>;
    expect(Object.entries(told).filter(([, answer]) => answer.startsWith('made'))).toEqual([]);
    expect(Object.keys(told)).toHaveLength(13);
    expect(children()).toEqual([]);
  });

  it('have threads up to a limit, and take them along', async () => {
    const outcome = await run(
      view('import threading, time', 'while True: threading.Thread(target=time.sleep, args=(1000,)).start()'),
      {
        limits: { ...keep.service.defaultLimits, wallTimeMs: 3000 },
      },
    );
    expect(outcome.state).toMatch(/^(?:failed|timed-out)$/);
    expect(children()).toEqual([]);
    expect(await run(view('return 1'))).toMatchObject({ state: 'succeeded' });
  });

  it('are replaced when they end while they wait', async () => {
    const waiting = (): number[] => runners().flatMap(({ pid, zygote }) => (zygote === undefined ? [] : [pid]));
    const sourceCodeId = await keep.upload(view('return 1'));
    expect(await keep.run(sourceCodeId)).toMatchObject({ state: 'succeeded' });
    await vi.waitFor(() => expect(waiting()).not.toEqual([]));
    const killed = waiting();
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    // Others may wait in their place by then.
    await vi.waitFor(() => expect(waiting().filter((pid) => killed.includes(pid))).toEqual([]));
    expect(await keep.run(sourceCodeId)).toMatchObject({ state: 'succeeded' });
  });

  it('find no secret in their environment', async () => {
    vi.stubEnv('DATAKEEP_TEST_CANARY', 'canary-in-the-environment');
    const other = await openPythonService();
    try {
      const source = view(
        'import os, ctypes',
        'environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")',
        'names, at = [], 0',
        'while environ[at]: names.append(environ[at].decode().split("=")[0]); at += 1',
        'return sorted({*names, *os.environ})',
      );
      const outcome = await other.run(await other.upload(source));
      expect((resultOf(outcome) as string[]).filter((name) => name !== 'LC_CTYPE')).toEqual([
        'OPENSSL_CONF',
        'PATH',
        'TZ',
      ]);
      expect(JSON.stringify(outcome)).not.toContain('canary');
    } finally {
      vi.unstubAllEnvs();
      await other.close();
    }
  });

  it('are back where they were after 1,000 runs, in open files, processes and memory', async () => {
    const sourceCodeId = await keep.upload(view('return keep.events.query({})'));
    const settle = async () => {
      expect(await keep.run(sourceCodeId)).toMatchObject({ state: 'succeeded' });
      const [zygoteKiB] = runners()
        .filter(({ zygote }) => zygote === undefined)
        .map(({ pid }) => Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]));
      return { files: readdirSync('/proc/self/fd').length, runners: runners().length, zygoteKiB: zygoteKiB! };
    };
    for (let warm = 0; warm < 100; warm++) await settle();
    const before = await settle();
    for (let n = 0; n < 1000; n++)
      expect(await keep.run(sourceCodeId, { reuseKey: `key ${n % 3}` })).toMatchObject({ state: 'succeeded' });
    const after = await settle();
    // Fewer where files of an earlier test were still being closed.
    expect(after.files).toBeLessThanOrEqual(before.files);
    expect(after.runners).toBeLessThanOrEqual(before.runners);
    expect(after.zygoteKiB).toBeLessThan(before.zygoteKiB * 1.05);
  });
});

describe.runIf(linux)('Between runs of one zygote', () => {
  let keep: Awaited<ReturnType<typeof openPythonService>>;
  afterEach(() => keep.close());

  it("no byte of one run's data is left in the memory that the next one has", async () => {
    // Without the jail, since that hides a process's own memory map.
    keep = await openPythonService({ launcher: new LanguageLauncher(), processes: 1 });
    const secrets = { parameter: '', answer: '', argument: '', log: '', output: '', result: '' };
    for (const name of Object.keys(secrets) as (keyof typeof secrets)[])
      secrets[name] = `canary-${randomBytes(8).toString('hex')}`;
    const source = [
      'import os, re',
      'def main(parameters, keep):',
      '    if parameters["look"]:',
      '        pattern, found = re.compile(b"canary-[0-9a-f]{16}"), set()',
      '        with open("/proc/self/maps") as maps: regions = [line.split() for line in maps]',
      '        with open("/proc/self/mem", "rb", 0) as memory:',
      '            for region in regions:',
      '                start, end = (int(address, 16) for address in region[0].split("-"))',
      '                if not region[1].startswith("rw"): continue',
      '                try: memory.seek(start); found |= {*pattern.findall(memory.read(end - start))}',
      '                except (OSError, ValueError): continue',
      '        return [len(regions), sorted(name.decode() for name in found)]',
      '    answer = keep.events.query({"argument": parameters["argument"]})["answer"]',
      '    print(parameters["log"]); os.write(1, (parameters["output"] + "\\n").encode())',
      '    return [answer, parameters["result"]]',
    ].join('\n');
    const sourceCodeId = await keep.upload(source);
    const broker = { call: async () => ({ json: JSON.stringify({ answer: secrets.answer }), items: 0 }) };
    const first = await keep.run(sourceCodeId, {
      reuseKey: 'a',
      broker,
      parametersJson: JSON.stringify({ look: false, ...secrets }),
    });
    expect(first).toMatchObject({ state: 'succeeded', resultJson: JSON.stringify([secrets.answer, secrets.result]) });
    expect(first.logs.map(({ text }) => text).toSorted()).toEqual([secrets.log, secrets.output].toSorted());
    const parametersJson = JSON.stringify({ look: true });
    const second = await keep.run(sourceCodeId, { reuseKey: 'b', parametersJson });
    const [regions, found] = JSON.parse(
      second.state === 'succeeded' ? second.resultJson : JSON.stringify([0, second.error]),
    ) as [number, unknown];
    expect(regions).toBeGreaterThan(20);
    expect(found).toEqual([]);
    // The search does find what is there.
    const own = await keep.run(sourceCodeId, {
      reuseKey: 'b',
      parametersJson: JSON.stringify({ look: true, here: secrets.log }),
    });
    expect(own.state === 'succeeded' && own.resultJson).toContain(secrets.log);
  });

  it('what a run left unread of an answer is no frame of the next', async () => {
    keep = await openPythonService({ processes: 1 });
    const source = [
      'import os, struct',
      'def main(parameters, keep):',
      '    if not parameters["leaves"]: return "here"',
      '    os.write(3, struct.pack("<IBI", 5, 17, 1) + b"\\0[{}]")',
      '    os.read(3, 1)',
      '    os._exit(0)',
    ].join('\n');
    const sourceCodeId = await keep.upload(source);
    const broker = { call: async () => ({ json: JSON.stringify('x'.repeat(4_000_000)), items: 0 }) };
    for (const leaves of [true, false, true, false])
      expect(await keep.run(sourceCodeId, { broker, parametersJson: JSON.stringify({ leaves }) })).toMatchObject(
        leaves ? { error: { code: 'view-crashed' } } : { state: 'succeeded', resultJson: '"here"' },
      );
  });

  it('nothing is shared: files, memory maps and threads made by one are not there for the next', async () => {
    keep = await openPythonService({ processes: 1 });
    const source = [
      'import mmap, os, threading, time',
      'shared = mmap.mmap(-1, 4096)',
      'def main(parameters, keep):',
      '    seen = [shared[0], threading.active_count(), sorted(int(n) for n in range(3, 64) if is_open(n))]',
      '    shared[0] = 1; os.pipe()',
      '    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()',
      '    return seen',
      'def is_open(number):',
      '    try: os.fstat(number); return True',
      '    except OSError: return False',
    ].join('\n');
    const sourceCodeId = await keep.upload(source);
    for (const reuseKey of ['a', 'a', 'b'])
      expect(await keep.run(sourceCodeId, { reuseKey })).toMatchObject({ state: 'succeeded', resultJson: '[0,1,[3]]' });
  });
});
