import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastBuild } from '../../scripts/build.ts';
import { AdminClient } from '../support/keep-client.ts';
import { KeepProcess, withoutViews } from '../support/keep-process.ts';

const command = join(lastBuild(), 'apps/cli/src/main.js');
const formerPassword = 'the former password of tests';
const newPassword = 'the new password of tests';

/** Types the lines into a terminal, each at its prompt; prints what the terminal showed. */
const typist = `
import os, pty, sys
lines = sys.argv[1].split('|')
pid, terminal = pty.fork()
if pid == 0: os.execv(sys.argv[2], sys.argv[2:])
shown = b''
while True:
    try: part = os.read(terminal, 1024)
    except OSError: break
    if not part: break
    shown += part
    if shown.endswith(b': ') and lines: os.write(terminal, lines.pop(0).encode() + b'\\r')
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

describe('datakeep admin reset, which npm run reset-password is', () => {
  let dataDir: string;
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-reset-'));
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  const start = (): Promise<KeepProcess> =>
    KeepProcess.start({ dataDir, env: { ADMIN_PASSWORD: formerPassword, ...withoutViews } });
  const run = async (
    program: string,
    args: readonly string[],
    input: string,
    folder = dataDir,
  ): Promise<{ readonly code: number | null; readonly output: string }> => {
    const child = spawn(program, args, { env: { PATH: process.env['PATH'], DATA_DIR: folder } });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    child.stderr.on('data', (text: Buffer) => (output += text.toString()));
    child.stdin.on('error', () => undefined).end(input);
    const code = await new Promise<number | null>((resolve) => void child.on('close', resolve));
    return { code, output };
  };
  const reset = (input: string, ...args: string[]) =>
    run(process.execPath, [command, 'admin', 'reset', ...args], input);

  it('changes nothing while the keep runs, and nothing for a short one, a stranger or an argument', async () => {
    const keep = await start();
    expect(await reset(newPassword)).toMatchObject({
      code: 1,
      output: expect.stringContaining('stop it first') as string,
    });
    await keep.stop();
    expect(await reset('short')).toMatchObject({ code: 1, output: expect.stringContaining('15 to 256') as string });
    const asArgument = await reset('', newPassword);
    expect(asArgument).toMatchObject({ code: 2, output: expect.stringContaining('never an argument') as string });
    expect(asArgument.output).not.toContain(newPassword);
    const empty = mkdtempSync(join(tmpdir(), 'datakeep-empty-'));
    expect(await run(process.execPath, [command, 'admin', 'reset'], newPassword, empty)).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is no keep here') as string,
    });
    expect(readdirSync(empty)).toEqual([]);
    rmSync(empty, { recursive: true });
    const again = await start();
    await expect(AdminClient.signIn(again.url, 'admin', formerPassword)).resolves.toBeDefined();
    await again.stop();
  });

  it('sets the password, ends every session and is audited', async () => {
    const keep = await start();
    const session = await AdminClient.signIn(keep.url, 'admin', formerPassword);
    await keep.stop();
    expect(await reset(`${newPassword}\n`)).toEqual({
      code: 0,
      output: '"admin" has a new password, and no second factor or passkey. Every session has ended.\n',
    });
    const again = await start();
    expect((await new AdminClient(again.url, session.token!).send('GET', '/admin/v1/apps')).status).toBe(401);
    await expect(AdminClient.signIn(again.url, 'admin', formerPassword)).rejects.toMatchObject({ status: 401 });
    const admin = await AdminClient.signIn(again.url, 'admin', newPassword);
    const { items } = await admin.ask<{ items: readonly object[] }>(
      'GET',
      '/admin/v1/audit?action=admin.password-reset',
    );
    expect(items).toMatchObject([{ actor: { kind: 'keep', id: 'host' }, subject: { kind: 'admin' } }]);
    await again.stop();
  });

  it('asks twice at a terminal, where the password is never seen', async () => {
    const typed = (lines: string) =>
      run('python3', ['-c', typist, lines, process.execPath, command, 'admin', 'reset'], '');
    const differing = await typed(`${newPassword}|${newPassword}!`);
    expect(differing).toMatchObject({ code: 1, output: expect.stringContaining('The two differ') as string });
    const typedTwice = await typed('a third password of tests|a third password of tests');
    expect(typedTwice).toMatchObject({ code: 0, output: expect.stringContaining('has a new password') as string });
    expect(differing.output + typedTwice.output).not.toMatch(/password of tests/);
    const keep = await start();
    await expect(AdminClient.signIn(keep.url, 'admin', 'a third password of tests')).resolves.toBeDefined();
    await keep.stop();
  });
});
