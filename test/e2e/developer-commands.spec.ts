import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastBuild } from '../../scripts/build.ts';
import { datakeep, type Outcome } from '../support/datakeep-command.ts';
import { faultyProxy } from '../clients/faulty-proxy.ts';
import { AppClient, type Page, type Permission } from '../support/keep-client.ts';
import { keepUnderTest, type KeepUnderTest, walk, walkProfile, walkSchema } from '../support/keep-in-process.ts';

describe('datakeep for app developers', () => {
  let keep: KeepUnderTest;
  let place: string;
  let env: Readonly<Record<string, string>>;
  let app: AppClient;

  const command = (given: readonly string[], input?: string): Promise<Outcome> => datakeep(place, given, env, input);
  const linesOf = (text: string): unknown[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  const fileOf = (name: string, lines: readonly unknown[]): string => {
    const file = join(place, name);
    writeFileSync(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
    return file;
  };

  beforeAll(async () => {
    keep = await keepUnderTest();
    place = mkdtempSync(join(tmpdir(), 'datakeep-developer-'));
    env = { XDG_CONFIG_HOME: join(place, 'config') };
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(place, { recursive: true });
  });

  it('needs a login first', async () => {
    expect(await command(['query', '--profile', walkProfile])).toMatchObject({
      code: 1,
      output: 'You are not logged in: `datakeep login --url URL` first.\n',
    });
  });

  it('logs in with a token from standard input, and keeps what it got for this user alone', async () => {
    const { id } = await keep.admin.makeAppHolder('Workshop');
    const { associationToken } = await keep.admin.makeAssociationToken(id);
    const given = ['login', '--url', keep.url, '--name', 'Workshop', '--json'];
    const nowhere = await datakeep(place, given, { XDG_CONFIG_HOME: '/proc/x' }, `${associationToken}\n`);
    expect(nowhere).toMatchObject({ code: 1, output: expect.stringContaining('The association token was not used.') });
    const { code, stdout } = await command(given, `${associationToken}\n`);
    expect({ code, answer: JSON.parse(stdout.toString()) as unknown }).toEqual({
      code: 0,
      answer: { done: true, url: `${keep.url}/`, appId: id, name: 'Workshop' },
    });
    const file = join(place, 'config/datakeep/login.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { token } = JSON.parse(readFileSync(file, 'utf8')) as { token: string };
    app = new AppClient(keep.url, token, id);
    const again = await command(['login', '--url', keep.url, '--association-token', associationToken, '--json']);
    expect(again.stdout.toString().split('Ask the admin for a new one.')).toHaveLength(2);
    expect({ code: again.code, answer: JSON.parse(again.stdout.toString()) as unknown }).toMatchObject({
      code: 1,
      answer: { done: false, code: 'association-token-spent' },
    });
    expect(readFileSync(file, 'utf8')).toContain(token);
  });

  it('says how a keep without profiles comes to one', async () => {
    expect(await command(['types'])).toMatchObject({
      code: 0,
      stdout: Buffer.of(),
      output: expect.stringMatching(/no profile yet.*`datakeep init FOLDER`/),
    });
    await app.registerProfile(walkProfile, walkSchema);
  });

  it('waits for the rights that it asks for, and says so', async () => {
    const pushed = command([
      'push',
      fileOf('walks.ndjson', [walk(1).payload, '', walk(2).payload]),
      '--profile',
      walkProfile,
    ]);
    const waiting = async (): Promise<readonly Permission[]> =>
      (await keep.admin.ask<Page<Permission>>('GET', '/admin/v1/permissions?status=pending')).items;
    await expect.poll(waiting).toMatchObject([{ requested: ['create'], message: 'For the datakeep command' }]);
    await keep.admin.approve((await waiting())[0]!.id);
    const { code, output } = await pushed;
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining('Stored: 2 new, 0 known already.'),
    });
    await keep.admin.grant(app, walkProfile, ['read']);
  });

  it('prints events as NDJSON, which another push knows again by their identifiers', async () => {
    const filter = JSON.stringify({ 'payload.distance': { gte: 2 } });
    const { code, stdout } = await command(['query', '--profile', walkProfile, '--filter', filter]);
    expect({ code, lines: linesOf(stdout.toString()) }).toMatchObject({ code: 0, lines: [walk(2)] });
    const all = await command(['query', '--profile', walkProfile]);
    expect(linesOf(all.stdout.toString())).toHaveLength(2);
    const one = await command(['query', '--profile', walkProfile, '--limit', '1']);
    expect(linesOf(one.stdout.toString())).toHaveLength(1);
    const again = await command(['push', '-', '--profile', walkProfile, '--json'], all.stdout.toString());
    expect(JSON.parse(again.stdout.toString())).toEqual({ done: true, accepted: 0, duplicates: 2 });
  });

  it('stores what comes before a bad line, and says which line is bad', async () => {
    const refused = fileOf('refused.ndjson', [walk(10).payload, { activity: 'walking' }, walk(11).payload]);
    const first = await command(['push', refused, '--profile', walkProfile]);
    expect(first.code).toBe(1);
    expect(first.output).toMatch(
      /^invalid \(422\): line 2 \/payload\S*: .*distance.*\nRequest \S+\nStored before: 1 new/,
    );
    const broken = fileOf('broken.ndjson', [walk(12).payload, '{"activity"', walk(13).payload]);
    expect(await command(['push', broken, '--profile', walkProfile])).toMatchObject({
      code: 1,
      output: 'Line 2 is no JSON object.\nStored before: 1 new, 0 known already; nothing after.\n',
    });
    expect(await command(['push', place, '--profile', walkProfile])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^The file cannot be read: .*\nStored before: 0 new/),
    });
    const { stdout } = await command([
      'query',
      '--profile',
      walkProfile,
      '--filter',
      '{"payload.distance":{"gte":10}}',
    ]);
    expect(linesOf(stdout.toString())).toMatchObject([walk(12), walk(10)]);
  });

  it('prints a profile as a TypeScript module', async () => {
    const { code, stdout } = await command(['types', walkProfile]);
    expect(code).toBe(0);
    const [, schema, type] =
      /export const walkSchema = (\{[\s\S]*\}) as const;\n\n(.*)\n$/.exec(stdout.toString()) ?? [];
    expect(JSON.parse(schema!)).toEqual(walkSchema);
    expect(type).toBe('export type Walk = PayloadOf<typeof walkSchema>;');
  });

  it('prints a profile as a Python module, and knows no other language', async () => {
    const { code, stdout } = await command(['types', walkProfile, '--language', 'python']);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^from typing import .*TypedDict\n/m);
    expect(stdout.toString()).toContain('class Walk(TypedDict):\n');
    expect(await command(['types', walkProfile, '--language', 'cobol'])).toMatchObject({ code: 2 });
  });

  it('writes an app into an empty folder, and over nothing', async () => {
    const folder = join(place, 'diary');
    expect(await command(['init', folder])).toMatchObject({ code: 0, output: expect.stringContaining('app.ts') });
    const before = readFileSync(join(folder, 'app.ts'), 'utf8');
    expect(before.split('\n').length).toBeLessThan(40);
    expect(await command(['init', folder, '--json'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('overwrites nothing'),
    });
    expect(readFileSync(join(folder, 'app.ts'), 'utf8')).toBe(before);
    expect(await command(['init', folder, '--language', 'cobol'])).toMatchObject({ code: 2 });
  });

  it('follows changes until a signal ends it', async () => {
    const child = spawn(
      process.execPath,
      [join(lastBuild(), 'apps/cli/src/main.js'), 'tail', '--profile', walkProfile, '--since', 'start'],
      { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env } },
    );
    const ended = once(child, 'exit');
    const seen: unknown[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => seen.push(JSON.parse(line)));
    await expect.poll(() => seen.length).toBe(4);
    await app.sendEvents([walk(99)]);
    await expect.poll(() => seen[4]).toMatchObject({ change: 'created', event: walk(99) });
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });

  it('says that the keep is away while it follows changes, and that it is back', async () => {
    const proxy = await faultyProxy(keep.url);
    const folder = join(place, 'by-proxy/datakeep');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'login.json'), JSON.stringify({ url: proxy.url, token: app.token }));
    const child = spawn(
      process.execPath,
      [join(lastBuild(), 'apps/cli/src/main.js'), 'tail', '--profile', walkProfile],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], XDG_CONFIG_HOME: join(place, 'by-proxy') },
      },
    );
    const ended = once(child, 'exit');
    const said: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
    await expect.poll(() => proxy.seen).toContain('GET /app/v1/events/changes pass');
    proxy.next('cut-before', 'cut-before');
    proxy.cutAll();
    await expect.poll(() => said.at(-1), { timeout: 20_000 }).toBe('The keep answers again.');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    await proxy.close();
    expect(said).toEqual([
      `Following ${walkProfile}. Ctrl-C ends it.`,
      expect.stringMatching(/^GET \/app\/v1\/events\/changes: no answer of the keep .*\. It is tried again/),
      'The keep answers again.',
    ]);
  });

  it('says what is stored where Ctrl-C ends it', async () => {
    const child = spawn(
      process.execPath,
      [join(lastBuild(), 'apps/cli/src/main.js'), 'push', '-', '--profile', walkProfile],
      {
        stdio: ['pipe', 'ignore', 'pipe'],
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      },
    );
    const ended = once(child, 'exit');
    const said: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
    const stored = async (): Promise<number> =>
      (await app.query({ profile: walkProfile, filter: { 'payload.distance': 7777 } }, true)).count!;
    child.stdin.write(`${JSON.stringify(walk(7777).payload)}\n`.repeat(3000));
    await expect.poll(stored).toBeGreaterThan(0);
    child.kill('SIGINT');
    expect(await ended).toEqual([1, null]);
    expect(said).toEqual(['Interrupted.', `Stored before: ${await stored()} new, 0 known already; nothing after.`]);
  });

  it.each([
    [
      ['query', '--profile', 'nobody.example/none'],
      1,
      'The keep has no profile "nobody.example/none". `datakeep types`',
    ],
    [['types', 'nobody.example/none'], 1, 'The keep has no profile "nobody.example/none". `datakeep types`'],
    [['types'], 0, `${walkProfile}\n`],
    [['query', '--profile', walkProfile, '--filter', '{'], 2, '--filter is no JSON'],
    [['query', '--profile', walkProfile, '--filter', '{"payload.x":{"near":1}}'], 1, '/filter'],
    [['query', '--profile', walkProfile, '--limit', 'all'], 2, '--limit "all" is not legal'],
    [['query'], 2, "required option '--profile <name>' not specified"],
    [['push', '/nonexistent.ndjson', '--profile', walkProfile], 1, '/nonexistent.ndjson cannot be read'],
    [['login', '--url', 'keep', '--association-token', 'x'], 2, '--url "keep" is no URL'],
    [['login', '--url', 'http://127.0.0.1:1', '--association-token', 'x'], 1, 'Is the keep running at that address?'],
    [['login', '--url', 'http://127.0.0.1:1'], 2, 'An association token is needed'],
  ] as const)('%j ends with %i and says: %s', async (given, code, text) => {
    expect(await command(given)).toMatchObject({ code, output: expect.stringContaining(text) as string });
  });
});
