import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { zstdDecompressSync } from 'node:zlib';
import { claimOf } from '@datakeep/backup';
import { dataDirParts } from '@datakeep/keep-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startVariables } from '../../libs/service-host/src/prepare-node.ts';
import { lastBuild } from '../../scripts/build.ts';
import { backupPassphrase, datakeep, outcomeOf } from '../support/datakeep-command.ts';
import { AdminClient, AppClient, type Page, type Permission } from '../support/keep-client.ts';
import { permittedInstance, sumView, walk, walkingApp, walkProfile, walkSchema } from '../support/keep-in-process.ts';
import { KeepProcess } from '../support/keep-process.ts';

const password = 'a password for tests only';
/** The tool of Debian's package. CI installs it; elsewhere the test is left out, which the run shows. */
const hasAge = existsSync('/usr/bin/age');

describe('datakeep', () => {
  let place: string;
  let dataDir: string;
  let keep: KeepProcess;
  let admin: AdminClient;
  let app: AppClient;
  let live: string;

  const start = async (folder = dataDir): Promise<KeepProcess> => {
    const started = await KeepProcess.start({ dataDir: folder, env: { ADMIN_PASSWORD: password } });
    admin = await AdminClient.signIn(started.url, 'admin', password);
    return started;
  };
  const fresh = (): string => mkdtempSync(join(place, 'data-'));
  const filesOf = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-command-'));
    dataDir = fresh();
    live = join(place, 'live.age');
    keep = await start();
    app = await walkingApp(admin);
    await app.sendEvents([walk(1), walk(2)]);
    const instance = await permittedInstance(admin, app, sumView);
    await app.run(instance);
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(place, { recursive: true });
  });

  it('starts a keep, which a signal ends', async () => {
    const folder = fresh();
    const child = spawn(process.execPath, ['scripts/datakeep.mjs', 'start'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own, which Ctrl-C signals whole.
      detached: true,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'warn' },
    });
    const ended = once(child, 'exit');
    try {
      let url: string | undefined;
      for await (const line of createInterface({ input: child.stdout }))
        if ((url = /^Datakeep serves at (\S+)$/.exec(line)?.[1]) !== undefined) break;
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
      const keepPid = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
      const environment = readFileSync(`/proc/${keepPid}/environ`, 'utf8').split('\0');
      for (const [name, value] of Object.entries(startVariables)) expect(environment).toContain(`${name}=${value}`);
    } finally {
      process.kill(-child.pid!, 'SIGINT');
    }
    expect(await ended).toEqual([0, null]);
  });

  it.each(['documents.sqlite', 'events/events.sqlite'])('refuses %s of a later release, in one line', async (path) => {
    const folder = fresh();
    const startAndStop = async () => (await KeepProcess.start({ dataDir: folder })).stop();
    await startAndStop();
    const setVersion = (version: number): number => {
      using file = new DatabaseSync(join(folder, path));
      const former = Number(file.prepare('PRAGMA user_version').get()?.['user_version']);
      file.exec(`PRAGMA user_version = ${version}`);
      return former;
    };
    const former = setVersion(99);
    const why = `${basename(path)} is of version 99, which a later release wrote; this one reads ${former}. `;
    for (const [args, line] of [
      [['start'], `The start failed: The storage is out of reach: ${why}`],
      [
        ['export', '--all', '--to', join(place, 'of-later')],
        `Nothing was exported: The storage is out of reach: ${why}`,
      ],
      [['doctor'], `A later release wrote ${path}.`],
    ] as const)
      expect(await datakeep(folder, args)).toMatchObject({ code: 1, output: expect.stringContaining(line) });
    setVersion(former);
    await startAndStop();
  });

  it('exports all of a running keep in open formats, which another keep imports', async () => {
    const to = join(place, 'export');
    const { code, output } = await datakeep(dataDir, ['export', '--all', '--to', to]);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('2 events of 1 profile') });
    const text = (path: string): string => readFileSync(join(to, path), 'utf8');
    const lines = (path: string): { readonly [member: string]: unknown }[] =>
      text(path)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly [member: string]: unknown });
    const manifest = JSON.parse(text('manifest.json')) as {
      profiles: { name: string; schema: string; events: string; count: number }[];
      views: { folder: string }[];
    };
    expect(manifest.profiles).toMatchObject([{ name: walkProfile, count: 2 }]);
    const [{ schema, events } = { schema: '', events: '' }] = manifest.profiles;
    expect(JSON.parse(text(schema))).toEqual(walkSchema);
    expect(lines(events).map((line) => Object.keys(line)[0])).toEqual(['profile', 'id', 'id', 'summary']);
    expect(lines('apps.ndjson')).toMatchObject([{ id: app.appId, name: 'Walks' }]);
    expect(lines('permissions.ndjson')).toEqual(
      expect.arrayContaining([expect.objectContaining({ appId: app.appId, status: 'approved' })]),
    );
    expect(lines('audit.ndjson').map(({ action }) => action)).toEqual(
      expect.arrayContaining(['permission.approved', 'app.created']),
    );
    expect(lines('runs.ndjson')).toMatchObject([{ state: 'succeeded' }]);
    expect(text(`${manifest.views[0]!.folder}/main.js`)).toBe(sumView.files[0]!.content);
    expect(text('index.html')).toContain(events);
    expect(
      filesOf(to)
        .map((path) => text(path))
        .join(),
    ).not.toMatch(/argon2|dk_/);
    expect(statSync(to).mode & 0o777).toBe(0o700);
    expect(await datakeep(dataDir, ['export', '--all', '--to', to])).toMatchObject({
      code: 1,
      output: expect.stringContaining('overwrites nothing'),
    });
    expect(text('index.html')).toContain(events);
    expect(await datakeep(dataDir, ['export', '--all', '--to', join(place, 'none/there')])).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is no folder'),
    });
    expect(await datakeep(dataDir, ['export', '--to', join(place, 'other')])).toMatchObject({ code: 2 });

    const other = await KeepProcess.start({ env: { ADMIN_PASSWORD: password } });
    try {
      const owner = await AdminClient.signIn(other.url, 'admin', password);
      const imported = await owner.send('POST', '/admin/v1/events/import', {
        body: text(events),
        headers: { 'content-type': 'application/x-ndjson' },
      });
      expect(imported.status).toBe(200);
      expect(await owner.ask('GET', '/admin/v1/system')).toMatchObject({ storage: { events: 2 } });
    } finally {
      await other.dispose();
    }
  });

  it('looks at a keep that runs, and says what is well and what to do', async () => {
    const { code, output } = await datakeep(dataDir, ['doctor']);
    expect({ code, output }).toMatchObject({ code: 0 });
    for (const line of [
      /^ok\s+configuration /m,
      /^ok\s+data folder /m,
      /^ok\s+disk .* MiB are free/m,
      /^ok\s+keep\s+It runs\.$/m,
      /^ok\s+database\s+documents\.sqlite is whole\.$/m,
      /^ok\s+database\s+events\/events\.sqlite is whole\.$/m,
      /^ok\s+audit trail\s+A whole chain of \d+ entries, whose last hash is [0-9a-f]{64}\.$/m,
      /^warn\s+backups\s+There is none in DATA_DIR\/backups\.\n\s+npx datakeep backup/m,
      /^ok\s+clock /m,
      /^\w+\s+runtime javascript /m,
    ])
      expect(output).toMatch(line);
  });

  it('tells at which entry the audit trail of a running keep was changed by another', async () => {
    const change = (from: string, to: string): void => {
      using database = new DatabaseSync(join(dataDir, 'documents.sqlite'));
      database.prepare('UPDATE audit SET actorId = replace(actorId, ?, ?) WHERE sequence = 2').run(from, to);
    };
    using database = new DatabaseSync(join(dataDir, 'documents.sqlite'), { readOnly: true });
    const actor = String(database.prepare('SELECT actorId FROM audit WHERE sequence = 2').get()!['actorId']);
    change(actor, 'nobody');
    const { code, output } = await datakeep(dataDir, ['doctor'], { RUNTIMES: 'javascript' });
    change('nobody', actor);
    expect({ code, output }).toMatchObject({ code: 1 });
    expect(output).toMatch(
      /^FAIL\s+audit trail\s+The chain is whole for 1 entry\. Entry 2 is not what its hash was made of\.\n\s+Not/m,
    );
  });

  it('finds a damaged database, an open folder and an engine that does not answer', async () => {
    const folder = fresh();
    writeFileSync(join(folder, 'documents.sqlite'), 'this is no database, and long enough to be looked at'.repeat(99));
    writeFileSync(join(folder, 'holiday.jpg'), '');
    chmodSync(folder, 0o755);
    const env = { REDIS_URL: 'redis://127.0.0.1:1', RUNTIMES: 'javascript', DATA_DIRR: '/srv' };
    const { code, output } = await datakeep(folder, ['doctor'], env);
    expect({ code, output }).toMatchObject({ code: 1 });
    for (const line of [
      /^warn\s+configuration .*DATA_DIRR/m,
      /^warn\s+data folder .*mode 755/m,
      /^warn\s+data folder .*holiday\.jpg/m,
      /^FAIL\s+database\s+documents\.sqlite: /m,
      /^FAIL\s+Redis .*ECONNREFUSED/m,
      /^2 checks found a fault\.$/m,
    ])
      expect(output).toMatch(line);
    const json = await datakeep(folder, ['doctor', '--json'], { ...env, REDIS_URL: '' });
    expect(JSON.parse(json.stdout.toString())).toMatchObject({
      done: false,
      error: 'One check found a fault.',
      findings: expect.arrayContaining([expect.objectContaining({ check: 'database', state: 'fault' })]),
    });
  });

  it('looks at all the rest where what listens on the socket answers as no keep does', async () => {
    const folder = fresh();
    await using server = createServer((socket) => void socket.resume().end('no HTTP\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(join(folder, 'keep.sock'), resolve));
    const { code, output } = await datakeep(folder, ['doctor'], { RUNTIMES: 'javascript' });
    expect({ code, output }).toMatchObject({ code: 1 });
    for (const line of [/^FAIL\s+keep\s+The running keep could not be asked/m, /^ok\s+clock /m, /^One check found/m])
      expect(output).toMatch(line);
  });

  it('makes a new signing key in a running keep, without a restart', async () => {
    const kids = async (): Promise<string> =>
      (await admin.ask<{ current: { kid: string } }>('GET', '/admin/v1/keys')).current.kid;
    const former = await kids();
    const { code, output, stdout } = await datakeep(dataDir, ['rotate-key']);
    expect({ code, stdout: stdout.toString() }).toEqual({
      code: 0,
      stdout: `Signing key ${await kids()} signs from now on; tokens of ${former} are still good.\n`,
    });
    expect(output).toContain(`Tokens of key ${former} go on until they expire or are renewed`);
    expect(await kids()).not.toBe(former);
  });

  it('backs up a running keep, and claims or leaves out every file of DATA_DIR by name', async () => {
    const { code, output } = await datakeep(dataDir, ['backup', '--to', live]);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('Made and checked') as string });
    expect(output).toContain('2 events');
    expect(statSync(live).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'keep.sock')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dataDir, 'backups'))).toEqual(['.lock']);
    const files = filesOf(dataDir);
    expect(files).toEqual(expect.arrayContaining(['keys/signing-keys.json', 'events/events.sqlite', 'keep.sock']));
    expect(files.filter((file) => claimOf(file, dataDirParts) === undefined)).toEqual([]);
    expect(claimOf('documents.sqlite', dataDirParts)).toBe('kept');
    expect(claimOf('events/new-thing.sqlite', dataDirParts)).toBeUndefined();
  });

  it('writes to standard output what it has checked, and nothing else there', async () => {
    const env = { DATAKEEP_PASSPHRASE: backupPassphrase, NODE_OPTIONS: '' };
    const { code, stdout } = await datakeep(dataDir, ['backup', '--to', '-'], env);
    expect(code).toBe(0);
    // age's header: the work factor that scrypt has of its own accord.
    expect(stdout.toString('latin1', 0, 200)).toMatch(/^age-encryption\.org\/v1\n-> scrypt \S{22} 18\n/);
    const file = join(place, 'piped.age');
    writeFileSync(file, stdout);
    const verified = await datakeep(dataDir, ['verify', file, '--json']);
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout.toString())).toMatchObject({
      done: true,
      rows: { 'events/events.sqlite': { events: 2 }, 'documents.sqlite': { apps: 1, view_templates: 1 } },
      audit: { entries: expect.any(Number), head: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(readdirSync(join(dataDir, 'backups'))).toEqual(['.lock']);
  });

  it.runIf(hasAge)('writes what the age tool, zstd and tar open without Datakeep', async () => {
    const folder = fresh();
    const opened = join(folder, 'opened.tar.zst');
    // age takes a passphrase from a terminal only, which script(1) gives it.
    const age = spawn('/usr/bin/script', ['-qec', `age -d -o ${opened} ${live}`, '/dev/null'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    age.stdin.write(`${backupPassphrase}\n`);
    const [code] = await once(age, 'close');
    expect(code).toBe(0);
    execFileSync('tar', ['-x', '-C', folder], { input: zstdDecompressSync(readFileSync(opened)) });
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { files: { path: string }[] };
    for (const { path } of manifest.files) expect(existsSync(join(folder, path)), path).toBe(true);
    const database = new DatabaseSync(join(folder, 'events/events.sqlite'), { readOnly: true });
    expect(database.prepare('SELECT count(*) AS events FROM events').get()).toEqual({ events: 2 });
    database.close();
  });

  it('restores elsewhere: events, consent, code and tokens are there, and the app goes on', async () => {
    const elsewhere = fresh();
    const { code, output } = await datakeep(elsewhere, ['restore', live]);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('has forgotten') as string });
    const second = await start(elsewhere);
    try {
      const again = { token: app.token };
      const events = await admin.ask<Page<unknown>>('POST', '/app/v1/events/query?count=true', {
        ...again,
        body: { profile: walkProfile },
      });
      expect(events.count).toBe(2);
      const { items } = await admin.ask<Page<{ id: string }>>('GET', '/app/v1/view-instances', again);
      const run = await admin.ask<{ state: string }>('POST', `/app/v1/view-instances/${items[0]!.id}/runs`, {
        ...again,
        body: { clientCustomData: null },
        headers: { prefer: 'wait=30' },
      });
      expect(run.state).toBe('succeeded');
    } finally {
      await second.stop();
    }
  });

  it('voids every token of a restored keep where it is asked to', async () => {
    const elsewhere = fresh();
    expect(await datakeep(elsewhere, ['restore', live, '--void-tokens'])).toMatchObject({ code: 0 });
    const second = await start(elsewhere);
    try {
      expect((await admin.send('GET', '/app/v1/me', { token: app.token })).status).toBe(401);
      expect((await admin.send('GET', '/admin/v1/apps')).status).toBe(200);
    } finally {
      await second.stop();
    }
  });

  it('touches no running keep, and says so', async () => {
    const before = readFileSync(join(dataDir, 'keys/signing-keys.json'));
    expect(await datakeep(dataDir, ['restore', live])).toMatchObject({
      code: 1,
      output: 'Nothing was restored. A keep runs on this DATA_DIR: stop it first.\n',
    });
    expect(readFileSync(join(dataDir, 'keys/signing-keys.json')).equals(before)).toBe(true);
    expect((await fetch(`${keep.url}/health/ready`)).status).toBe(200);
  });

  it.each([
    [['backup', '--to', 'LIVE'], {}, 1, 'is there already, and a backup overwrites nothing'],
    [['backup'], { DATAKEEP_PASSPHRASE: 'short' }, 1, 'A passphrase has at least 12 characters.'],
    [['backup', '--keep', '7d,4w', '--to', 'LIVE'], {}, 2, '--keep is for DATA_DIR/backups'],
    [['backup', '--keep', '7d,2d'], {}, 2, '--keep "7d,2d" is not legal: expected a list like 7d,4w,6m'],
    [['backup', '--keep', '7'], {}, 2, '--keep "7" is not legal'],
    [['backup', '--passphrase-file', '/nonexistent'], {}, 2, 'could not be read from /nonexistent'],
    [['backup'], { DATAKEEP_PASSPHRASE: '' }, 2, 'There is no terminal to ask for the passphrase'],
    [['backup'], { MONGODB_URI: 'mongodb://127.0.0.1:1' }, 1, 'MONGODB_URI: the connection was refused'],
    [['verify', 'LIVE'], { DATAKEEP_PASSPHRASE: 'another passphrase' }, 1, 'The passphrase does not open the backup.'],
    [['verify', 'CUT'], {}, 1, 'The file is damaged'],
    [['verify', '/nonexistent/x.age'], {}, 1, 'could not be opened: the file or folder is not there'],
    [['verify', '/'], {}, 1, 'could not be read or unpacked: it is a folder'],
    [['restore'], {}, 2, "missing required argument 'file'"],
    [['restore', 'LIVE', '--data-dir', '/proc/x'], {}, 1, '/proc/x cannot be made: the file or folder is not there.'],
    [['export', '--all', '--to', '/proc/x'], {}, 1, 'No folder can be made in /proc: that folder takes none.'],
    [['rotate-key'], { DATA_DIR: '/nonexistent/x' }, 1, 'There is no keep here: /nonexistent/x is missing.'],
    [['init', '/proc/x'], {}, 1, 'An app was not written to /proc/x: '],
    [['frobnicate'], {}, 2, "unknown command 'frobnicate'"],
  ] as const)('%j with %j ends with %i in one line: %s', async (given, env, code, line) => {
    const cut = join(place, 'cut.age');
    writeFileSync(cut, readFileSync(live).subarray(0, -100));
    const passphrase = { DATAKEEP_PASSPHRASE: 'a passphrase of tests' };
    const words = given.map((word) => (word === 'LIVE' ? live : word === 'CUT' ? cut : word));
    const ended = await datakeep(dataDir, words, { ...passphrase, ...env });
    expect(ended).toMatchObject({ code, output: expect.stringContaining(line) as string });
    expect(readdirSync(join(dataDir, 'backups'))).toEqual(['.lock']);
  });

  it.each([
    ['| true', 0, ''],
    ['> /dev/full', 1, 'The output cannot be written: the disk is full.\n'],
  ])('whose output goes to %s ends with %i and says: %s', async (output, code, text) => {
    const line = `set -o pipefail; "$@" ${output}`;
    const folder = join(place, `app ${code}`);
    const given = ['-c', line, 'bash', process.execPath, join(lastBuild(), 'apps/cli/src/main.js'), 'init', folder];
    expect(await outcomeOf('bash', given, dataDir, {})).toMatchObject({ code, output: text });
  });

  it('leaves nothing when the disk takes no more', async () => {
    const target = join(place, 'too-large.age');
    const command = join(lastBuild(), 'apps/cli/src/main.js');
    const ended = await outcomeOf(
      'prlimit',
      ['--fsize=4096', process.execPath, command, 'backup', '--to', target],
      dataDir,
      { DATAKEEP_PASSPHRASE: 'a passphrase of tests' },
    );
    expect(ended).toMatchObject({
      code: 1,
      output: expect.stringContaining(
        'The backup was not made: the file would be larger than the system allows.',
      ) as string,
    });
    expect(existsSync(target)).toBe(false);
    expect(existsSync(`${target}.partial`)).toBe(false);
    expect(readdirSync(join(dataDir, 'backups'))).toEqual(['.lock']);
  });

  it('backs up a killed keep from its files, as far as it acknowledged', async () => {
    await app.sendEvents([walk(3)]);
    await keep.kill();
    expect(existsSync(join(dataDir, 'keep.sock'))).toBe(true);
    const { code, output } = await datakeep(dataDir, ['backup']);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('3 events') as string });
    const made = readdirSync(join(dataDir, 'backups')).find((name) => name !== '.lock');
    expect(made).toMatch(/^datakeep-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.tar\.zst\.age$/);
    keep = await start();
    app = new AppClient(keep.url, app.token!, app.appId);
    expect((await app.query({ profile: walkProfile }, true)).count).toBe(3);
  });

  it('removes what --keep does not keep, once the new one was made and checked', async () => {
    const folder = join(dataDir, 'backups');
    const at = (daysBack: number): string => {
      const day = new Date(Date.now() - daysBack * 86_400_000).toISOString().slice(0, 10);
      return `datakeep-${day}T00-00-00Z.tar.zst.age`;
    };
    for (const name of ['mine.tar.zst.age', at(800), at(801), at(802)]) writeFileSync(join(folder, name), '');
    const before = readdirSync(folder);
    const refused = await datakeep(dataDir, ['backup', '--keep', '2d'], { DATAKEEP_PASSPHRASE: 'short' });
    expect(refused).toMatchObject({ code: 1 });
    expect(readdirSync(folder)).toEqual(before);

    const { code, stdout } = await datakeep(dataDir, ['backup', '--keep', '2d', '--json']);
    const { file, removed } = JSON.parse(stdout.toString()) as { file: string; removed: string[] };
    expect(code).toBe(0);
    expect(removed).toEqual(expect.arrayContaining([at(801), at(802)]));
    expect(before.filter((name) => !removed.includes(name))).toContain('mine.tar.zst.age');
    expect(readdirSync(folder).toSorted()).toEqual(
      [...before, file.slice(folder.length + 1)].filter((name) => !removed.includes(name)).toSorted(),
    );
    const told = await datakeep(dataDir, ['backup', '--keep', '1d']);
    expect(told.output).toContain(`Removed, as --keep 1d says: ${file.slice(folder.length + 1)}`);
    for (const name of readdirSync(folder)) if (name !== '.lock') rmSync(join(folder, name));
  });

  it('restores in place, and names what was taken back since and stands again', async () => {
    const doomed = await admin.connectApp('Doomed');
    await admin.grant(doomed, walkProfile, ['read']);
    const archive = join(place, 'before-revocation.age');
    expect(await datakeep(dataDir, ['backup', '--to', archive])).toMatchObject({ code: 0 });
    const { items } = await admin.ask<Page<Permission>>('GET', '/admin/v1/permissions');
    await admin.revoke(
      items.find(({ appId, viewInstanceId }) => appId === app.appId && viewInstanceId === undefined)!.id,
    );
    await expect(app.query({ profile: walkProfile })).rejects.toMatchObject({ status: 403 });
    await keep.stop();
    const { code, output } = await datakeep(dataDir, ['restore', archive]);
    expect(code).toBe(0);
    expect(output).toContain(`revoked: "Walks" on "${walkProfile}"`);
    expect(output).not.toContain('Doomed');
    keep = await start();
    const again = await new AppClient(keep.url, app.token!, app.appId).query({ profile: walkProfile });
    expect(again.items).not.toEqual([]);
    expect(filesOf(dataDir).filter((file) => claimOf(file, dataDirParts) === undefined)).toEqual([]);
  });

  it('says where there is no keep, and makes nothing there', async () => {
    const nowhere = join(place, 'nowhere');
    expect(await datakeep(nowhere, ['backup'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is no keep here') as string,
    });
    expect(existsSync(nowhere)).toBe(false);
  });
});
