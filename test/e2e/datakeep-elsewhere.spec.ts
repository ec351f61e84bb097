import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { backupName } from '@datakeep/backup';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastBuild } from '../../scripts/build.ts';
import { backupPassphrase, datakeep, type Outcome } from '../support/datakeep-command.ts';
import { freePorts } from '../support/free-ports.ts';
import { AdminClient } from '../support/keep-client.ts';
import { walk, walkingApp } from '../support/keep-in-process.ts';
import { KeepProcess } from '../support/keep-process.ts';

const password = 'a password for tests only';
const env = { DATAKEEP_PASSPHRASE: backupPassphrase };

describe('datakeep --url', () => {
  let place: string;
  let keep: KeepProcess;
  let admin: AdminClient;

  /** On a machine without a keep. */
  const command = (given: readonly string[], input = `${password}\n`): Promise<Outcome> =>
    datakeep(join(place, 'none'), [...given], env, input);
  const remote = (given: readonly string[], input?: string): Promise<Outcome> =>
    command([...given, '--url', keep.url], input);
  const sessions = async (): Promise<number> =>
    (await admin.ask<{ items: unknown[] }>('GET', '/admin/v1/sessions')).items.length;
  const listed = async (): Promise<readonly string[]> =>
    (await admin.ask<{ items: { name: string }[] }>('GET', '/admin/v1/backups')).items.map(({ name }) => name);
  const passwordFile = (): string => join(place, 'password');

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-elsewhere-'));
    writeFileSync(passwordFile(), `${password}\n`, { mode: 0o600 });
    keep = await KeepProcess.start({ dataDir: join(place, 'keep'), env: { ADMIN_PASSWORD: password } });
    admin = await AdminClient.signIn(keep.url, 'admin', password);
    const app = await walkingApp(admin);
    await app.sendEvents([walk(1), walk(2), walk(3)]);
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(place, { recursive: true });
  });

  describe('of backup', () => {
    it('has the keep make one, downloads and checks it, and signs out', async () => {
      const before = await sessions();
      const file = join(place, 'far.age');
      const { code, output } = await remote(['backup', '--to', file]);
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(output).toContain(`Made at ${new URL(keep.url).href}, downloaded and checked: ${file}`);
      expect(output).toMatch(/^ {2}3 events, \d+ records, 1 other file$/m);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(await command(['verify', file])).toMatchObject({ code: 0 });
      expect(await listed()).toHaveLength(1);
      expect(await sessions()).toBe(before);
      expect(readdirSync(place).filter((name) => name.includes('partial'))).toEqual([]);
    });

    it('writes it to standard output, with the password from a file', async () => {
      const { code, stdout } = await remote(['backup', '--to', '-', '--password-file', passwordFile()], '');
      expect(code).toBe(0);
      const file = join(place, 'out.age');
      writeFileSync(file, stdout);
      expect(await command(['verify', file])).toMatchObject({ code: 0 });
    });

    it('leaves it at the keep where nothing says where to, and tells a program its name', async () => {
      const { code, stdout } = await remote(['backup', '--json']);
      expect(code).toBe(0);
      const { name } = JSON.parse(stdout.toString()) as { name: string };
      expect(await listed()).toContain(name);
    });

    it('overwrites nothing, and asks for nothing before it says so', async () => {
      const file = join(place, 'there');
      writeFileSync(file, 'precious');
      const before = (await listed()).length;
      const { code, output } = await remote(['backup', '--to', file], '');
      expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('overwrites nothing') });
      expect(await listed()).toHaveLength(before);
    });

    it('ends its session at an interrupt, and says what became of the backup', async () => {
      const before = await sessions();
      const program = [join(lastBuild(), 'apps/cli/src/main.js'), 'backup', '--url', keep.url];
      const child = spawn(process.execPath, program, {
        stdio: ['pipe', 'ignore', 'pipe'],
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: join(place, 'none'), ...env },
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      child.stdin.end(`${password}\n`);
      const ended = once(child, 'exit');
      const making = async (): Promise<object | null> =>
        (await admin.ask<{ making: object | null }>('GET', '/admin/v1/backups')).making;
      await expect.poll(making, { interval: 20 }).not.toBe(null);
      child.kill('SIGINT');
      expect(await ended).toEqual([1, null]);
      // Perhaps before the keep's answer came, which the test does not see.
      expect(said).toMatch(/Interrupted\. (?:The|Perhaps the) backup was begun: the list of the keep says wh/);
      expect(await sessions()).toBe(before);
      await expect.poll(making, { timeout: 120_000 }).toBe(null);
    });

    it('says why the keep did not make it', async () => {
      // A backup of that moment is there already, whichever moment of the next minute it is.
      const now = Date.now();
      const taken = Array.from({ length: 60 }, (_, seconds) => backupName(new Date(now + seconds * 1000)));
      for (const name of taken) writeFileSync(join(keep.dataDir, 'backups', name), '');
      const { code, output } = await remote(['backup', '--to', join(place, 'never.age')]);
      for (const name of taken) rmSync(join(keep.dataDir, 'backups', name), { force: true });
      expect({ code, output }).toMatchObject({
        code: 1,
        output: expect.stringMatching(/The keep did not make the backup: .*overwrites nothing/) as string,
      });
      expect(existsSync(join(place, 'never.age'))).toBe(false);
    });
  });

  describe('of backup at a keep that is made to harm', () => {
    it('writes to no path that the name of a backup leads to', async () => {
      const item = { name: '../../nowhere/x', bytes: 9, madeAt: new Date().toISOString() };
      const state = { making: null, failed: null, items: [item] };
      const harmful = createServer(({ method, url }, response) => {
        if (url === '/admin/v1/session') return response.end(JSON.stringify({ token: 'a token' }));
        if (url !== '/admin/v1/backups') return response.end('no backup');
        return response.end(JSON.stringify(method === 'GET' ? { ...state, items: [] } : state));
      });
      await once(harmful.listen(0, '127.0.0.1'), 'listening');
      const { port } = harmful.address() as AddressInfo;
      try {
        const { code, output } = await command(['backup', '--to', '-', '--url', `http://127.0.0.1:${port}`]);
        expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('is no backup of a keep') });
      } finally {
        harmful.close();
      }
    });
  });

  describe('of rotate-key', () => {
    it('makes a new key in the running keep, and tells first what that voids', async () => {
      const kid = async (): Promise<string> =>
        (await admin.ask<{ current: { kid: string } }>('GET', '/admin/v1/keys')).current.kid;
      const first = await kid();
      const rotated = await remote(['rotate-key']);
      expect(rotated).toMatchObject({
        code: 0,
        output: expect.stringContaining('No key is void by this one.') as string,
      });
      const second = await kid();
      expect(second).not.toBe(first);
      // The session of this test is of the first key, which the next rotation voids.
      const twice = await remote(['rotate-key', '--json']);
      expect(JSON.parse(twice.stdout.toString())).toMatchObject({ done: true, former: second });
      admin = await AdminClient.signIn(keep.url, 'admin', password);
      const thrice = await remote(['rotate-key']);
      expect(thrice.output).toContain(`Void at once: tokens and cursors of ${second}, the key before.`);
      admin = await AdminClient.signIn(keep.url, 'admin', password);
    });

    it('tells that also beside the keep, without a password', async () => {
      const { code, output } = await datakeep(keep.dataDir, ['rotate-key'], {});
      expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('Void at once: ') as string });
      admin = await AdminClient.signIn(keep.url, 'admin', password);
    });
  });

  describe('of doctor', () => {
    it('tells release, engines, queue, runtimes, backups and the clock of a keep that is well', async () => {
      const before = await sessions();
      const { code, output } = await remote(['doctor']);
      expect({ code, output }).toMatchObject({ code: 1 });
      // Of the test above.
      expect(output).toMatch(/^FAIL {2}backups +One failed at .*overwrites nothing/m);
      const made = await admin.send('POST', '/admin/v1/backups', { body: { password, passphrase: backupPassphrase } });
      expect(made.status).toBe(202);
      const well = await remote(['doctor']);
      expect(well).toMatchObject({ code: 0 });
      for (const line of [
        /^ok {4}keep +It takes requests\.$/m,
        /^ok {4}clock +\d{4}-/m,
        /^ok {4}version +Datakeep /m,
        /^ok {4}events +3, in sqlite /m,
        /^ok {4}records +in sqlite$/m,
        /^ok {4}run queue +0 runs wait/m,
        /runtime javascript/m,
        /^ok {4}audit trail +A whole chain of [\d,]+ entries, whose last hash is [0-9a-f]{64}\.$/m,
        /^ok {4}backups +The newest is 0 days old\.$/m,
        /^warn {2}backup schedule +There is none\.$/m,
      ])
        expect(well.output).toMatch(line);
      expect(await sessions()).toBe(before);
    });

    it('tells at which entry the audit trail was changed by another', async () => {
      const change = (from: string, to: string): void => {
        using database = new DatabaseSync(join(keep.dataDir, 'documents.sqlite'));
        database.prepare('UPDATE audit SET action = ? WHERE sequence = 2 AND action = ?').run(to, from);
      };
      const { items } = await admin.ask<{ items: { sequence: number; action: string }[] }>('GET', '/admin/v1/audit');
      const { action } = items.find(({ sequence }) => sequence === 2)!;
      change(action, 'nothing.happened');
      const { code, output } = await remote(['doctor']);
      change('nothing.happened', action);
      expect({ code, output }).toMatchObject({ code: 1 });
      expect(output).toMatch(
        /^FAIL {2}audit trail +The chain is whole for 1 entry\. Entry 2 is not what its hash was made of\.\n +Not/m,
      );
    });

    it('names the parts of one that are out of reach, which it says nothing of', async () => {
      const answers: Readonly<Record<string, object>> = {
        '/health/ready': { status: 'ready' },
        '/admin/v1/session': { token: 'a token' },
        '/admin/v1/system': {
          version: '0.1.0',
          node: 'v26',
          runQueue: { waiting: 0, active: 0, delayed: 0 },
          disk: { freeBytes: 1024 ** 3, totalBytes: 1024 ** 4 },
        },
        '/admin/v1/runtimes': { items: [] },
        '/admin/v1/audit?limit=1000': { items: [], nextCursor: null },
        '/admin/v1/backups': { making: null, failed: null, items: [] },
        '/admin/v1/backups/schedule': { source: 'none', failed: null, lastMade: null, lastDrill: null },
      };
      const half = createServer((request, response) => response.end(JSON.stringify(answers[request.url ?? ''])));
      await once(half.listen(0, '127.0.0.1'), 'listening');
      const { port } = half.address() as AddressInfo;
      try {
        const { code, output } = await command(['doctor', '--url', `http://127.0.0.1:${port}`]);
        expect(code).toBe(1);
        expect(output).toMatch(/^FAIL {2}events +Out of reach\.$/m);
        expect(output).toMatch(/^FAIL {2}records +Out of reach\.$/m);
        expect(output).toMatch(/^ok {4}run queue +0 runs wait/m);
        expect(output).toMatch(/^warn {2}disk +1,024 MiB are free\.$/m);
      } finally {
        half.close();
      }
    });

    it('says of one that is away what to do, and asks for no password', async () => {
      const [port] = await freePorts(1);
      const { code, output } = await command(['doctor', '--url', `http://127.0.0.1:${port}`], '');
      expect(code).toBe(1);
      expect(output).toMatch(/^FAIL {2}keep +It does not answer at /m);
      expect(output).toContain('Start it, or correct --url.');
    });
  });

  describe.each([['backup'], ['rotate-key'], ['doctor']])('of %s', (name) => {
    it('is not done with a wrong password, and leaves no session', async () => {
      const before = await sessions();
      const { code, output } = await remote([name], 'wrong, but long enough\n');
      expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('password') as string });
      expect(output).not.toContain('wrong, but long enough');
      expect(await sessions()).toBe(before);
    });

    it.each([
      [['--admin', 'admin']],
      [['--password-file', 'password']],
      [['--url', 'keep.example.org']],
      [['--url', 'http://127.0.0.1:1', '--password-file', '/nowhere/password']],
    ])('is wrong use with %j', async (given) => {
      // What is asked of a keep before the password would say that it is away.
      const { code } = await command([name, ...given]);
      expect(code).toBe(name === 'doctor' && given.length === 4 ? 1 : 2);
    });
  });

  it.each([['--keep', '7d'], ['--drill']])('does not go with %s of backup', async (...given) => {
    expect(await remote(['backup', ...given])).toMatchObject({
      code: 2,
      output: expect.stringContaining('does not go with --url') as string,
    });
  });

  it('is not done where the keep is away, and says so', async () => {
    const [port] = await freePorts(1);
    for (const name of ['backup', 'rotate-key'])
      expect(await command([name, '--url', `http://127.0.0.1:${port}`])).toMatchObject({
        code: 1,
        output: expect.stringContaining('Is the keep running at that address?') as string,
      });
  });

  it('takes codes of the second factor, one to sign in and another for the backup', async () => {
    const factor = <Body>(path: string, body: object): Promise<Body> =>
      admin.ask<Body>('POST', `/admin/v1/second-factor${path}`, { body });
    const { secret } = await factor<{ secret: string }>('/totp', { password });
    const code = new TOTP({ secret }).generate();
    const { recoveryCodes } = await factor<{ recoveryCodes: string[] }>('/totp/confirm', { code });
    const [first = '', second = ''] = recoveryCodes;
    const lacking = await remote(['backup'], `${password}\n`);
    expect(lacking).toMatchObject({ code: 1 });
    const made = await remote(['backup'], `${password}\n${first}\n${second}\n`);
    expect(made).toMatchObject({ code: 0, output: expect.stringContaining('Made and checked, at ') as string });
  });
});
