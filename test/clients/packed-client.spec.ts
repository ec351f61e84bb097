import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datakeep } from '../support/datakeep-command.ts';
import { keepUnderTest, type KeepUnderTest } from '../support/keep-in-process.ts';
import { childrenOf, isAlive } from '../support/process-family.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const package_ = join(root, 'clients/typescript');
const testing = join(root, 'clients/testing');
/** The lines that a newcomer copies. */
const linesOf = (folder: string): string =>
  /```ts\n([\s\S]*?)```/.exec(readFileSync(join(folder, 'README.md'), 'utf8'))![1]!;
const lines = linesOf(package_);

/** Programs that run them: that of the tests, and the one that the machine has. */
const runtimes = [process.execPath, '/usr/bin/node', '/usr/local/bin/node'].filter((path) => existsSync(path));

describe('the packed packages', () => {
  let keep: KeepUnderTest;
  let folder: string;

  beforeAll(async () => {
    keep = await keepUnderTest();
    folder = mkdtempSync(join(tmpdir(), 'datakeep-packed-'));
    const environment = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` };
    for (const cwd of [package_, testing])
      await run('npm', ['pack', '--pack-destination', folder], { cwd, env: environment });
    mkdirSync(join(folder, 'app'));
    writeFileSync(join(folder, 'app/package.json'), '{ "name": "diary", "private": true, "type": "module" }');
    const tarballs = ['client', 'testing'].map((name) => join(folder, `datakeep-${name}-0.1.0.tgz`));
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: join(folder, 'app') });
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(folder, { recursive: true });
  });

  it.each([package_, testing])('%s has what publint asks of a package', async (pkgDir) => {
    expect((await publint({ pkgDir, strict: true })).messages).toEqual([]);
  });

  it('bring nothing with them', () => {
    const lock = JSON.parse(readFileSync(join(folder, 'app/package-lock.json'), 'utf8')) as { packages: object };
    const packages = ['', 'node_modules/@datakeep/client', 'node_modules/@datakeep/testing'];
    expect(Object.keys(lock.packages)).toEqual(packages);
  });

  it('compile the ten lines of the README strictly, and refuse a payload of another type', async () => {
    const compile = async (code: string): Promise<string> => {
      writeFileSync(join(folder, 'app/diary.ts'), `declare const associationToken: string;\n${code}`);
      const options = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext'];
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      return run(process.execPath, [tsc, ...options, '--lib', 'es2022,dom,dom.iterable', 'diary.ts'], {
        cwd: join(folder, 'app'),
      }).then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      );
    };
    expect(await compile(lines)).toBe('');
    expect(await compile(lines.replace("payload: { text: 'Hello' }", 'payload: { text: 7 }'))).toContain(
      "Type 'number' is not assignable to type 'string'",
    );
  });

  it.each(runtimes)('store the first event with the ten lines of the README, on %s', async (node) => {
    const { id } = await keep.admin.makeAppHolder(`Diary on ${node}`);
    const { associationToken } = await keep.admin.makeAssociationToken(id);
    const code = lines
      .replaceAll('http://127.0.0.1:8020', keep.url)
      .replaceAll('diary.example/note', `diary.example/${id}`)
      .replaceAll(' as const', '');
    const file = join(folder, `app/diary-${id}.js`);
    writeFileSync(file, `const associationToken = '${associationToken}';\n${code}`);
    const printed = run(node, [file], { cwd: join(folder, 'app') });
    const waiting = async (): Promise<readonly { id: string; appId: string }[]> =>
      (await keep.admin.ask<{ items: { id: string; appId: string }[] }>('GET', '/admin/v1/permissions?status=pending'))
        .items;
    await expect.poll(waiting).toHaveLength(1);
    await keep.admin.approve((await waiting())[0]!.id);
    expect((await printed).stdout).toBe('Hello\n');
  });

  it('run the app that datakeep init writes', async () => {
    const cwd = join(folder, 'diary');
    const tarball = join(folder, 'datakeep-client-0.1.0.tgz');
    expect(await datakeep(folder, ['init', cwd, '--client', tarball])).toMatchObject({ code: 0 });
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund'], { cwd });
    const { id } = await keep.admin.makeAppHolder('Diary');
    const { associationToken } = await keep.admin.makeAssociationToken(id);
    const printed = run(process.execPath, ['app.ts', keep.url, associationToken, 'My first note'], { cwd });
    const waiting = async (): Promise<readonly { id: string }[]> =>
      (await keep.admin.ask<{ items: { id: string }[] }>('GET', `/admin/v1/permissions?status=pending&app=${id}`))
        .items;
    await expect.poll(waiting).toHaveLength(1);
    await keep.admin.approve((await waiting())[0]!.id);
    expect((await printed).stdout).toMatch(/ My first note\n$/);
    const again = await run(process.execPath, ['app.ts', keep.url, 'Another'], { cwd });
    expect(again.stdout).toMatch(/ Another\n.* My first note\n$/);
  });

  describe('with a keep in a test', () => {
    const environment = { ...process.env, DATAKEEP_CHECKOUT: root };
    const cwd = (): string => join(folder, 'app');

    it.each(runtimes)('run the test of the README, on %s', async (node) => {
      writeFileSync(join(cwd(), 'diary.test.js'), linesOf(testing).replaceAll(' as const', ''));
      const { stdout } = await run(node, ['--test', '--test-reporter=tap', 'diary.test.js'], {
        cwd: cwd(),
        env: environment,
      });
      expect(stdout).toContain('# pass 1\n');
    });

    it('leave no keep behind when the process of the tests is killed', async () => {
      const code = "import { startKeep } from '@datakeep/testing'; console.log((await startKeep()).url);";
      writeFileSync(join(cwd(), 'killed.js'), `${code} setInterval(() => undefined, 1000);`);
      const child = spawn(process.execPath, ['killed.js'], { cwd: cwd(), env: environment });
      const [printed] = (await once(child.stdout, 'data')) as [Buffer];
      const url = printed.toString().trim();
      const minders = childrenOf(child.pid!);
      const family = [...minders, ...minders.flatMap(childrenOf)];
      expect(family.length).toBeGreaterThanOrEqual(2);
      child.kill('SIGKILL');
      await expect.poll(() => family.filter(isAlive)).toEqual([]);
      await expect(fetch(url)).rejects.toThrow('fetch failed');
    });

    it('end with a test that forgets to stop its keep', async () => {
      const code = "import { startKeep } from '@datakeep/testing'; console.log((await startKeep()).url);";
      writeFileSync(join(cwd(), 'forgot.js'), code);
      const { stdout } = await run(process.execPath, ['forgot.js'], { cwd: cwd(), env: environment });
      const answers = (): Promise<boolean> =>
        fetch(stdout.trim()).then(
          () => true,
          () => false,
        );
      await expect.poll(answers).toBe(false);
    });
  });
});
