import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastBuild } from '../../scripts/build.ts';
import { datakeep, type Outcome } from '../support/datakeep-command.ts';
import type { AppClient, Page, Permission } from '../support/keep-client.ts';
import {
  adminPassword,
  keepUnderTest,
  type KeepUnderTest,
  walk,
  walkingApp,
  walkProfile,
} from '../support/keep-in-process.ts';

describe('datakeep view', () => {
  let keep: KeepUnderTest;
  let place: string;
  let app: AppClient;
  let env: Readonly<Record<string, string>>;
  let count = 0;

  const command = (given: readonly string[], input?: string): Promise<Outcome> =>
    datakeep(place, ['view', ...given], env, input);
  const asAdmin = (given: readonly string[], input = `${adminPassword}\n`): Promise<Outcome> =>
    command([...given, '--url', keep.url], input);
  const answer = ({ stdout }: Outcome): unknown => JSON.parse(stdout.toString());
  const newView = async (runtime = 'javascript'): Promise<string> => {
    const folder = join(place, `view-${(count += 1)}`);
    expect(await command(['new', folder, '--runtime', runtime, '--profile', walkProfile])).toMatchObject({ code: 0 });
    return folder;
  };
  const templateWith = (folder: string, more: object): void => {
    const file = join(folder, 'template.json');
    const template = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...template, ...more }));
  };
  const sessions = async (): Promise<number> =>
    (await keep.admin.ask<{ items: unknown[] }>('GET', '/admin/v1/sessions')).items.length;

  beforeAll(async () => {
    keep = await keepUnderTest();
    place = mkdtempSync(join(tmpdir(), 'datakeep-views-'));
    env = { XDG_CONFIG_HOME: join(place, 'config') };
    app = await walkingApp(keep.admin);
    await app.sendEvents([walk(1), walk(2)]);
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(place, { recursive: true });
  });

  describe('new and check', () => {
    it.each([
      ['free-busy', 'javascript'],
      ['location-heat-map', 'python'],
      ['spending-report', 'javascript'],
    ])('writes a copy of an example in which there is nothing wrong: %s in %s', async (example, runtime) => {
      const folder = join(place, `view-${(count += 1)}`);
      const written = await command(['new', folder, '--from', example, '--runtime', runtime, '--json']);
      expect(answer(written)).toMatchObject({
        done: true,
        files: expect.arrayContaining(['events.ndjson', 'data.json']),
      });
      expect(await command(['check', folder])).toMatchObject({ code: 0 });
    });

    it('writes an example for another profile, and knows no other example', async () => {
      const folder = join(place, `view-${(count += 1)}`);
      await command(['new', folder, '--from', 'free-busy', '--profile', walkProfile]);
      expect(readFileSync(join(folder, 'template.json'), 'utf8')).toContain(walkProfile);
      expect(readFileSync(join(folder, 'main.js'), 'utf8')).not.toContain('calendar.example');
      const none = join(place, 'none');
      const unknown = await command(['new', none, '--from', 'elsewhere/../..']);
      expect(unknown).toMatchObject({ code: 2, output: expect.stringContaining('free-busy or location-heat-map') });
      expect(await command(['new', none])).toMatchObject({ code: 2, output: expect.stringContaining('--profile') });
    });

    it.each(['javascript', 'python'])('writes a view in %s in which there is nothing wrong', async (runtime) => {
      const folder = await newView(runtime);
      const checked = await command(['check', folder, '--json']);
      expect(answer(checked)).toEqual({
        done: true,
        runtime,
        files: [runtime === 'python' ? 'main.py' : 'main.js'],
        sourceChecked: true,
      });
      expect(await command(['new', folder, '--profile', walkProfile])).toMatchObject({
        code: 1,
        output: expect.stringContaining('overwrites nothing') as string,
      });
    });

    it('refuses a runtime that it has no view for', async () => {
      const given = ['new', join(place, 'none'), '--runtime', 'cobol', '--profile', walkProfile];
      expect(await command(given)).toMatchObject({
        code: 2,
        output: '--runtime "cobol" is not legal: expected javascript or python.\n',
      });
    });

    it.each([
      [{ extra: 1 }, 'template.json /extra: There is no such member'],
      [{ name: '' }, 'template.json /name: Takes 1 to 200 characters'],
      [{ permissions: [{ profile: walkProfile }] }, 'template.json /permissions/0: Is no {'],
      [
        { permissions: [{ profile: walkProfile, rights: ['see'] }] },
        'template.json /permissions/0/rights/0: Is one of',
      ],
      [{ limits: { wallTimeMs: 1 } }, 'template.json /limits/wallTimeMs: Takes a whole number of ms from 100'],
      [{ limits: { luck: 1 } }, 'template.json /limits/luck: There is no such limit.'],
    ])('names what is wrong in a template with %j', async (more, text) => {
      const folder = await newView();
      templateWith(folder, more);
      expect(await command(['check', folder])).toMatchObject({
        code: 1,
        output: expect.stringContaining(text) as string,
      });
    });

    it.each([
      ['javascript', 'main.js', 'const a = 1;\nreturn (;', 'main.js: '],
      ['python', 'main.py', 'def main(parameters, keep):\n    return (\n', 'main.py: '],
      ['javascript', 'main.mjs', 'export default () => 1;', '/files: There must be one entry file'],
      ['javascript', 'a name.js', '', 'a name.js: A path may not hold blanks'],
      ['javascript', 'large.js', '/'.repeat(256 * 1024 + 1), 'large.js: a file may take 256 KiB.'],
      ['javascript', 'data.json', '{"other":1}', 'data.json: expected'],
    ])('names what is wrong in a view in %s with %s', async (runtime, path, content, text) => {
      const folder = await newView(runtime);
      writeFileSync(join(folder, path), content);
      expect(await command(['check', folder])).toMatchObject({
        code: 1,
        output: expect.stringContaining(text) as string,
      });
    });

    it('takes the source files of a folder alone, and none through a link', async () => {
      const folder = await newView();
      mkdirSync(join(folder, 'lib'));
      writeFileSync(join(folder, 'lib/sum.js'), 'exports.sum = 1;');
      for (const path of ['README.md', '.env.js', 'notes.txt']) writeFileSync(join(folder, path), '');
      expect(answer(await command(['check', folder, '--json']))).toMatchObject({ files: ['lib/sum.js', 'main.js'] });
      symlinkSync('/etc/hostname', join(folder, 'secret.js'));
      expect(await command(['check', folder])).toMatchObject({
        code: 1,
        output: expect.stringContaining('secret.js is no plain file') as string,
      });
    });
  });

  describe('dry-run', () => {
    it.each(['javascript', 'python'])(
      'runs a new view in %s, says what it read, and ends its session',
      async (runtime) => {
        const folder = await newView(runtime);
        const before = await sessions();
        const { code, output } = await asAdmin(['dry-run', folder]);
        expect({ code, output }).toMatchObject({
          code: 0,
          output: expect.stringMatching(
            /info +events 2\n(?:asked .*\n){2}succeeded in \d+ ms:\n\{\n {2}"count": 2/,
          ) as string,
        });
        expect(output).toContain('\nasked events.query walks.example/walk: 1 call, 1 item\n');
        expect(await sessions()).toBe(before);
      },
    );

    it('ends with 1 where the run failed, with file and line, and with --json tells all of it', async () => {
      const folder = await newView();
      writeFileSync(join(folder, 'main.js'), "module.exports = () => {\n  throw new Error('no such luck');\n};\n");
      const { code, output } = await asAdmin(['dry-run', folder]);
      expect({ code, output }).toMatchObject({
        code: 1,
        output: expect.stringContaining('main.js:2: no such luck (failed, view-threw)') as string,
      });
      const asJson = await asAdmin(['dry-run', folder, '--json']);
      expect({ code: asJson.code, answer: answer(asJson) }).toMatchObject({
        code: 1,
        answer: { done: false, run: { state: 'failed', error: { code: 'view-threw', line: 2 } } },
      });
    });

    it('names files and code of what the keep refuses', async () => {
      const folder = await newView();
      writeFileSync(join(folder, 'main.js'), 'module.exports = (');
      const { code, output } = await asAdmin(['dry-run', folder]);
      expect({ code, output }).toMatchObject({
        code: 1,
        output: expect.stringMatching(/invalid \(422\)[\s\S]*main\.js: /) as string,
      });
    });

    it('takes the password from a file', async () => {
      const [folder, file] = [await newView(), join(place, 'password')];
      writeFileSync(file, `${adminPassword}\nand what stands below it`);
      expect(await asAdmin(['dry-run', folder, '--password-file', file], '')).toMatchObject({ code: 0 });
    });

    it('takes a wrong password for what it is, and no password for wrong use', async () => {
      const folder = await newView();
      const wrong = await asAdmin(['dry-run', folder, '--json'], 'a wrong password, and long\n');
      expect(answer(wrong)).toMatchObject({ done: false, code: 'sign-in-failed' });
      expect(await asAdmin(['dry-run', folder], '')).toMatchObject({
        code: 2,
        output: expect.stringContaining("The admin's password is needed") as string,
      });
      expect(await command(['dry-run', folder], adminPassword)).toMatchObject({
        code: 2,
        output: expect.stringContaining('Which keep?') as string,
      });
    });

    it('runs again at each save until a signal, which ends the session', async () => {
      const folder = await newView();
      const before = await sessions();
      const child = spawn(
        process.execPath,
        [join(lastBuild(), 'apps/cli/src/main.js'), 'view', 'dry-run', folder, '--watch', '--json', '--url', keep.url],
        { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env } },
      );
      const ended = once(child, 'exit');
      const seen: unknown[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => seen.push(JSON.parse(line)));
      child.stdin.write(`${adminPassword}\n`);
      const next = async (content: string, expected: object): Promise<void> => {
        const known = seen.length;
        writeFileSync(join(folder, 'main.js'), content);
        await expect.poll(() => seen.slice(known).at(-1)).toMatchObject(expected);
      };
      await expect.poll(() => seen[0]).toMatchObject({ done: true, run: { result: { count: 2 } } });
      await next('module.exports = () => 7;', { done: true, run: { result: 7 } });
      await next('module.exports = (', { done: false, code: 'invalid' });
      await next("module.exports = () => { throw new Error('x'); };", { done: false, run: { state: 'failed' } });
      await next('module.exports = () => 8;', { done: true, run: { result: 8 } });
      child.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
      expect(await sessions()).toBe(before);
    });
  });

  describe('push', () => {
    it('makes a template, then its next versions, and notes its id beside the source', async () => {
      const folder = await newView();
      const first = answer(await asAdmin(['push', folder, '--json'])) as { id: string };
      expect(first).toEqual({ done: true, url: `${keep.url}/`, id: expect.any(String) as string, version: 1 });
      expect(JSON.parse(readFileSync(join(folder, '.datakeep.json'), 'utf8'))).toEqual({
        templates: { [`${keep.url}/`]: first.id },
      });
      templateWith(folder, { description: undefined, limits: undefined });
      writeFileSync(join(folder, 'main.js'), 'module.exports = () => 2;');
      expect(answer(await asAdmin(['push', folder, '--json']))).toMatchObject({ id: first.id, version: 2 });
      const stored = await keep.admin.ask<object>('GET', `/admin/v1/view-templates/${first.id}`);
      expect(stored).toMatchObject({ version: 2, files: [{ path: 'main.js', content: 'module.exports = () => 2;' }] });
      expect(stored).not.toHaveProperty('limits.wallTimeMs');
      await keep.admin.deleteViewTemplate(first.id);
      expect(await asAdmin(['push', folder])).toMatchObject({
        code: 1,
        output: expect.stringContaining(`has no view template ${first.id}`) as string,
      });
    });
  });

  describe('run', () => {
    const templateOf = async (code: string): Promise<string> => {
      const permissions = [{ profile: walkProfile, rights: ['read' as const] }];
      const files = [{ path: 'main.js', content: code }];
      return (await keep.admin.makeViewTemplate({ name: 'Walks', runtime: 'javascript', permissions, files })).id;
    };
    const waiting = async (): Promise<readonly Permission[]> =>
      (await keep.admin.ask<Page<Permission>>('GET', '/admin/v1/permissions?status=pending')).items;

    beforeAll(async () => {
      const { id } = await keep.admin.makeAppHolder('Workshop');
      const { associationToken } = await keep.admin.makeAssociationToken(id);
      const given = ['login', '--url', keep.url, '--association-token', associationToken];
      expect(await datakeep(place, given, env)).toMatchObject({ code: 0 });
    });

    it('makes an instance of a template, waits for the admin, and runs it; then the instance again', async () => {
      const template = await templateOf('module.exports = (parameters) => parameters.clientCustomData;');
      const data = join(place, 'run.json');
      writeFileSync(data, JSON.stringify({ clientCustomData: { week: 12 } }));
      const first = datakeep(place, ['view', 'run', '--template', template, '--data', data], env);
      await expect.poll(waiting).toMatchObject([{ profile: walkProfile, requested: ['read'] }]);
      const { id, viewInstanceId } = (await waiting())[0]!;
      await keep.admin.approve(id);
      const { code, stdout } = await first;
      expect({ code, stdout: stdout.toString() }).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^succeeded in \d+ ms:\n\{\n {2}"week": 12\n\}\n$/) as string,
      });
      const again = await command(['run', viewInstanceId!, '--json']);
      expect(answer(again)).toMatchObject({ done: true, instance: viewInstanceId, run: { result: null } });
    });

    it('says why it failed and where, and that the admin refused', async () => {
      const template = await templateOf("module.exports = () => {\n  throw new Error('no such luck');\n};");
      const first = command(['run', '--template', template]);
      await expect.poll(waiting).toHaveLength(1);
      const { id } = (await waiting())[0]!;
      await keep.admin.approve(id);
      expect(await first).toMatchObject({
        code: 1,
        output: expect.stringContaining('main.js:2: no such luck (failed, view-threw)') as string,
      });
      const other = command(['run', '--template', template]);
      await expect.poll(waiting).toHaveLength(1);
      await keep.admin.deny((await waiting())[0]!.id, 'Not today');
      expect(await other).toMatchObject({
        code: 1,
        output: expect.stringContaining(`has no rights on ${walkProfile} (denied: Not today)`) as string,
      });
    });

    it.each([
      [[], 2, 'Give an instance, or --template ID'],
      [['f'.repeat(24)], 1, 'The app of this login has no view instance "ffff'],
    ])('with %j ends with %i and says: %s', async (given, code, text) => {
      expect(await command(['run', ...given])).toMatchObject({
        code,
        output: expect.stringContaining(text) as string,
      });
    });
  });

  it('asks for a code where the admin has a second factor: the next line of the input', async () => {
    const folder = await newView();
    const secondFactor = (path: string, body: object): Promise<{ secret: string; recoveryCodes: string[] }> =>
      keep.admin.ask('POST', `/admin/v1/second-factor${path}`, { body });
    const { secret } = await secondFactor('/totp', { password: adminPassword });
    const { recoveryCodes } = await secondFactor('/totp/confirm', { code: new TOTP({ secret }).generate() });
    const without = await asAdmin(['dry-run', folder, '--json']);
    expect(answer(without)).toMatchObject({ done: false, code: 'second-factor-required' });
    expect(await asAdmin(['dry-run', folder], `${adminPassword}\n${recoveryCodes[0]}\n`)).toMatchObject({ code: 0 });
    await secondFactor('/disable', { password: adminPassword, code: recoveryCodes[1]! });
  });
});
