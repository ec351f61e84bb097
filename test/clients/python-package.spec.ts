import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datakeep } from '../support/datakeep-command.ts';
import { keepUnderTest, type KeepUnderTest } from '../support/keep-in-process.ts';
import { pythonEnvironment } from '../support/python-environment.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const releases = ['httpx==0.28.1', 'hatchling==1.33.0', 'mypy==2.4.1', 'ruff==0.17.6'];
const environment = await pythonEnvironment('python-client-package', releases, 'the package of the client in Python');
/** The lines that a newcomer copies. */
const lines = /```python\n([\s\S]*?)```/.exec(readFileSync(join(root, 'clients/python/README.md'), 'utf8'))![1]!;

describe.runIf(environment)('the package of the client in Python', () => {
  const { python, wheels, program } = environment!;
  let keep: KeepUnderTest;
  let folder: string;
  let source: string;

  /** What it prints, also where it fails. */
  const printedBy = (file: string, ...args: readonly string[]): Promise<string> =>
    run(file, args, { cwd: folder }).then(
      ({ stdout, stderr }) => stdout + stderr,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `failed: ${stdout}${stderr}`,
    );

  beforeAll(async () => {
    keep = await keepUnderTest();
    folder = mkdtempSync(join(tmpdir(), 'datakeep-python-'));
    source = join(folder, 'source');
    cpSync(join(root, 'clients/python'), source, { recursive: true });
    copyFileSync(join(root, 'LICENSE'), join(source, 'LICENSE'));
    await run(python, ['-m', 'hatchling', 'build', '-d', join(folder, 'dist')], { cwd: source });
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(folder, { recursive: true });
  });

  it('is a wheel and an archive of its sources', () => {
    expect(readdirSync(join(folder, 'dist')).toSorted()).toEqual([
      'datakeep-0.1.0-py3-none-any.whl',
      'datakeep-0.1.0.tar.gz',
    ]);
  });

  it.each(['datakeep-0.1.0-py3-none-any.whl', 'datakeep-0.1.0.tar.gz'])(
    'installs from %s, passes its tests, and stores the first event with the ten lines of its README',
    async (file) => {
      const fresh = join(folder, `fresh-${file}`);
      // To install pip there as well takes seconds.
      await run('python3', ['-m', 'venv', '--without-pip', fresh]);
      const installed = join(fresh, 'bin/python3');
      const offline = ['--disable-pip-version-check', '--no-index', '--find-links', wheels];
      const install = ['-m', 'pip', '--python', installed, 'install', '--quiet', ...offline];
      await run(python, [...install, join(folder, 'dist', file)]);
      expect(await printedBy(installed, '-W', 'error', '-m', 'unittest', 'discover', '-s', 'source/tests')).toMatch(
        /Ran \d\d tests.*\n\nOK\n/,
      );
      const { id } = await keep.admin.makeAppHolder(`Diary of ${file}`);
      const { associationToken } = await keep.admin.makeAssociationToken(id);
      const code = lines
        .replaceAll('http://127.0.0.1:8020', keep.url)
        .replaceAll('diary.example/note', `diary.example/${id}`);
      const diary = join(folder, `diary-${id}.py`);
      writeFileSync(diary, `association_token = "${associationToken}"\n${code}`);
      const printed = printedBy(installed, '-W', 'error', diary);
      const waiting = async (): Promise<readonly { id: string }[]> =>
        (await keep.admin.ask<{ items: { id: string }[] }>('GET', '/admin/v1/permissions?status=pending')).items;
      await expect.poll(waiting).toHaveLength(1);
      await keep.admin.approve((await waiting())[0]!.id);
      expect(await printed).toBe('Hello\n');
      const written = join(folder, `written-${file}`);
      const init = ['init', written, '--language', 'python', '--client', join(folder, 'dist', file)];
      expect(await datakeep(folder, init)).toMatchObject({ code: 0 });
      const other = await keep.admin.makeAppHolder(`Written diary of ${file}`);
      const token = (await keep.admin.makeAssociationToken(other.id)).associationToken;
      const runApp = (...args: readonly string[]): Promise<string> =>
        run(installed, ['-W', 'error', 'app.py', keep.url, ...args], { cwd: written }).then(({ stdout }) => stdout);
      const first = runApp(token, 'My first note');
      await expect.poll(waiting).toHaveLength(1);
      await keep.admin.approve((await waiting())[0]!.id);
      expect(await first).toMatch(/ My first note\n$/);
      expect(await runApp('Another')).toMatch(/ Another\n.* My first note\n$/);
    },
    120_000,
  );

  it('has types in which mypy finds nothing, nor in the ten lines, and which refuse what is wrong', async () => {
    const check = (code: string): Promise<string> => {
      const file = join(source, 'src/diary.py');
      writeFileSync(file, `association_token = ""\n${code}`);
      return run(python, ['-m', 'mypy', '--strict', '-p', 'datakeep', '-m', 'diary'], {
        cwd: source,
        env: { ...process.env, MYPYPATH: join(source, 'src') },
      }).then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      );
    };
    expect(await check(lines)).toMatch(/^Success: no issues found in \d+ source files\n$/);
    const asynchronous = lines
      .replaceAll('Datakeep', 'AsyncDatakeep')
      .replaceAll(/keep\.(profiles|permissions|close)|(?<== )AsyncDatakeep\.|keep\.events\.create/g, 'await $&')
      .replace('for event', 'async for event')
      .replaceAll(/^/gm, '    ');
    expect(await check(`async def main() -> None:\n${asynchronous}`)).toContain('Success');
    expect(await check(lines.replace('"create"]', '"creat"]'))).toContain('error: List item 1 has incompatible type');
    expect(await check(lines.replace('"payload": {', '"payloads": {'))).toContain('"payload"');
  });

  it('is written as ruff formats it, and ruff finds nothing', async () => {
    const configured = ['--config', join(source, 'pyproject.toml')];
    const own = [join(root, 'clients/python'), join(root, 'test/clients/python_driver.py')];
    expect(await printedBy(program('ruff'), 'format', '--no-cache', '--diff', ...configured, ...own)).toMatch(
      /^\d+ files already formatted\n$/,
    );
    expect(await printedBy(program('ruff'), 'check', '--no-cache', ...configured, ...own)).toBe('All checks passed!\n');
  });
});
