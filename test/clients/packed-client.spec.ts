import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepUnderTest, type KeepUnderTest } from '../support/keep-in-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const package_ = join(root, 'clients/typescript');
/** The lines that a newcomer copies. */
const lines = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(package_, 'README.md'), 'utf8'))![1]!;

/** Programs that run them: that of the tests, and the one that the machine has. */
const runtimes = [process.execPath, '/usr/bin/node', '/usr/local/bin/node'].filter((path) => existsSync(path));

describe('the packed client', () => {
  let keep: KeepUnderTest;
  let folder: string;

  beforeAll(async () => {
    keep = await keepUnderTest();
    folder = mkdtempSync(join(tmpdir(), 'datakeep-packed-'));
    const environment = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` };
    await run('npm', ['pack', '--pack-destination', folder], { cwd: package_, env: environment });
    mkdirSync(join(folder, 'app'));
    writeFileSync(join(folder, 'app/package.json'), '{ "name": "diary", "private": true, "type": "module" }');
    const tarball = join(folder, 'datakeep-client-0.1.0.tgz');
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: join(folder, 'app') });
  }, 120_000);
  afterAll(async () => {
    await keep.stop();
    rmSync(folder, { recursive: true });
  });

  it('has what publint asks of a package', async () => {
    expect((await publint({ pkgDir: package_, strict: true })).messages).toEqual([]);
  });

  it('brings nothing with it', () => {
    const lock = JSON.parse(readFileSync(join(folder, 'app/package-lock.json'), 'utf8')) as { packages: object };
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/@datakeep/client']);
  });

  it('compiles the ten lines of its README strictly, and refuses a payload of another type', async () => {
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
  }, 60_000);

  it.each(runtimes)(
    'stores the first event with the ten lines of its README, on %s',
    async (node) => {
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
        (
          await keep.admin.ask<{ items: { id: string; appId: string }[] }>(
            'GET',
            '/admin/v1/permissions?status=pending',
          )
        ).items;
      await expect.poll(waiting).toHaveLength(1);
      await keep.admin.approve((await waiting())[0]!.id);
      expect((await printed).stdout).toBe('Hello\n');
    },
    60_000,
  );
});
