import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lastBuild } from '../../scripts/build.ts';
import { compileCache } from '../support/compile-cache.ts';
import { backupPassphrase, datakeep, quickScrypt } from '../support/datakeep-command.ts';
import { AdminClient, AppClient, type Run } from '../support/keep-client.ts';
import { keepUnderTest, permittedInstance, walk, walkingApp } from '../support/keep-in-process.ts';
import { KeepProcess, withoutViews } from '../support/keep-process.ts';

const password = 'a password for tests only';

describe('a drill', { timeout: 240_000 }, () => {
  let place: string;
  let dataDir: string;
  let keep: KeepProcess;

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-drill-'));
    dataDir = join(place, 'keep');
    keep = await KeepProcess.start({ dataDir, env: { ADMIN_PASSWORD: password, ...withoutViews } });
    const admin = await AdminClient.signIn(keep.url, 'admin', password);
    const app = await walkingApp(admin);
    await app.sendEvents([walk(1), walk(2), walk(3)]);
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(place, { recursive: true });
  });

  /** A copy of the stopped keep with changed events. */
  const damaged = (sql: string): string => {
    const copy = mkdtempSync(join(place, 'damaged-'));
    cpSync(dataDir, copy, { recursive: true, filter: (source) => !/keep\.sock$|\/backups$/.test(source) });
    const database = new DatabaseSync(join(copy, 'events/events.sqlite'));
    database.exec(sql);
    database.close();
    return copy;
  };

  it('restores a new backup, starts a keep on it, and says in a line that all is there', async () => {
    const { code, output } = await datakeep(dataDir, ['backup', '--drill']);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/^Drill: restored, started in \d+\.\d s, 3 events and \d+ records as in the manifest$/m);
    const made = readdirSync(join(dataDir, 'backups')).find((name) => name !== '.lock');
    expect(readdirSync(join(dataDir, 'backups')).toSorted()).toEqual(['.lock', made]);

    const verified = await datakeep(dataDir, ['verify', '--drill', '--json', join(dataDir, 'backups', made!)]);
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout.toString())).toMatchObject({
      done: true,
      rows: { 'events/events.sqlite': { events: 3 } },
      drill: { events: 3, records: expect.any(Number) as number, startedMs: expect.any(Number) as number },
    });
    const wrong = await datakeep(dataDir, ['verify', '--drill', join(dataDir, 'backups', made!)], {
      DATAKEEP_PASSPHRASE: 'another passphrase',
    });
    expect(wrong).toMatchObject({
      code: 1,
      output: expect.stringContaining('The passphrase does not open the backup.') as string,
    });
    expect(readdirSync(join(dataDir, 'backups')).toSorted()).toEqual(['.lock', made]);
    rmSync(join(dataDir, 'backups', made!));
  });

  /** Its drill is under way: the process, and that of the keep that it starts. */
  const drilling = async (): Promise<{ command: ChildProcess; child: number; output: () => string }> => {
    const command = spawn(process.execPath, [join(lastBuild(), 'apps/cli/src/main.js'), 'backup', '--drill'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...compileCache, ...quickScrypt, DATA_DIR: dataDir, DATAKEEP_PASSPHRASE: backupPassphrase },
    });
    let output = '';
    command.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    const child = await vi.waitFor(
      () => {
        const children = readFileSync(`/proc/${command.pid}/task/${command.pid}/children`, 'utf8').trim();
        expect(children).toMatch(/^\d+$/);
        return Number(children);
      },
      { timeout: 120_000, interval: 5 },
    );
    return { command, child, output: () => output };
  };
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('leaves no process and no folder when it is interrupted, and the backup that was made', async () => {
    const { command, child, output } = await drilling();
    const exit = once(command, 'exit');
    command.kill('SIGINT');
    expect((await exit)[0]).toBe(1);
    expect(isAlive(child)).toBe(false);
    expect(output()).toMatch(/Interrupted: .*\.tar\.zst\.age was made, and not tried\.\n$/);
    const left = readdirSync(join(dataDir, 'backups')).toSorted();
    expect(left).toEqual(['.lock', expect.stringMatching(/\.tar\.zst\.age$/) as string]);
    rmSync(join(dataDir, 'backups', left[1]!));
  });

  it('leaves no process when it is killed, and its folder goes with the next', async () => {
    const { command, child } = await drilling();
    const exit = once(command, 'exit');
    command.kill('SIGKILL');
    await exit;
    await vi.waitFor(() => expect(isAlive(child)).toBe(false));
    expect(readdirSync(join(dataDir, 'backups')).filter((name) => name.startsWith('.work-'))).not.toEqual([]);
    expect(await datakeep(dataDir, ['backup', '--to', join(place, 'next.age')])).toMatchObject({ code: 0 });
    expect(readdirSync(join(dataDir, 'backups')).filter((name) => name.startsWith('.work-'))).toEqual([]);
  });

  it.each([
    [
      'events are lost, though the backup is whole',
      'DELETE FROM events WHERE sequence = (SELECT min(sequence) FROM events)',
      'The drill failed. The restored keep has 3 events, and the manifest says 2.',
    ],
    ['the keep does not start', 'PRAGMA user_version = 99', 'The drill failed. '],
  ])('fails where %s', async (_what, sql, line) => {
    await keep.stop();
    const copy = damaged(sql);
    expect(await datakeep(copy, ['backup'])).toMatchObject({ code: 0 });
    const made = readdirSync(join(copy, 'backups')).find((name) => name !== '.lock');
    const file = join(copy, 'backups', made!);
    expect(await datakeep(copy, ['verify', file])).toMatchObject({ code: 0 });
    const { code, output } = await datakeep(copy, ['verify', '--drill', file]);
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining(line) as string });
    expect(readdirSync(join(copy, 'backups')).toSorted()).toEqual(['.lock', made]);
  });
});

describe('the keep of a drill', () => {
  it('executes no run: what was queued in the backup stays so', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-drill-'));
    try {
      const drilled = await keepUnderTest({ dataDir, executesRuns: false });
      const app = await walkingApp(drilled.admin);
      const { id } = await app.run(await permittedInstance(drilled.admin, app), null, 0);
      await drilled.stop();
      const restarted = Date.now();
      const keep = await keepUnderTest({ dataDir });
      try {
        const owner = new AppClient(keep.url, app.token!, app.appId);
        const run = await vi.waitFor(async () => {
          const found = await owner.ask<Run>('GET', `/app/v1/runs/${id}`);
          expect(found.state).toBe('succeeded');
          return found;
        });
        expect(Date.parse(run.startedAt!)).toBeGreaterThanOrEqual(restarted);
      } finally {
        await keep.stop();
      }
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });
});
