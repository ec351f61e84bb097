import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupPassphrase, datakeep } from '../support/datakeep-command.ts';
import { DistributedKeep, type ServiceProcess } from '../support/distributed-keep.ts';
import { AdminClient, AppClient, type KeepEvent } from '../support/keep-client.ts';
import { permittedInstance, sumView, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { KeepProcess } from '../support/keep-process.ts';
import { ownDatabase } from '../support/keep-shapes.ts';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { useService } from '../support/services/use-service.ts';

const suite = 'backups of a keep of several processes';
const [mongo, redis] = await Promise.all([mongoServer(suite), useService('redis', suite)]);
const route = '/admin/v1/backups';
const signingKey = Buffer.alloc(32, 7).toString('base64url');
/** The passphrase is stretched for writing, for reading back, and for a drill. */
const patient = { timeout: 120_000, interval: 250 };

interface State {
  readonly making: object | null;
  readonly failed: { readonly reason: string } | null;
  readonly items: readonly { readonly name: string }[];
}

const start = (engine: 'mongodb' | 'sqlite', dataDir: string, mongodbUri: string): Promise<DistributedKeep> =>
  DistributedKeep.start({
    mongodbUri,
    redisUrl: `${redis!.uri}/14`,
    engine,
    count: { gateway: engine === 'mongodb' ? 2 : 1 },
    env: { DATA_DIR: dataDir, SIGNING_KEY: signingKey },
  });

describe.runIf(mongo.uri && redis)('a keep of several processes on MongoDB', { timeout: 300_000 }, () => {
  let place: string;
  let dataDir: string;
  let keep: DistributedKeep;
  let admins: readonly AdminClient[];
  let app: AppClient;
  let instance: string;

  const signIn = async (): Promise<void> => {
    admins = await Promise.all(keep.urls.map((url) => AdminClient.signIn(url, 'admin', keep.adminPassword)));
  };
  const state = (gateway: number): Promise<State> => admins[gateway]!.ask<State>('GET', route);
  const begin = (gateway: number): ReturnType<AdminClient['send']> =>
    admins[gateway]!.send('POST', route, { body: { password: keep.adminPassword, passphrase: backupPassphrase } });
  const files = (): string[] => readdirSync(join(dataDir, 'backups')).filter((name) => name.endsWith('.age'));
  /** Begins again where the keep wrote meanwhile and the server keeps no moment. */
  const make = async (): Promise<string> => {
    const before = new Set(files());
    await expect
      .poll(async () => {
        const fresh = files().filter((name) => !before.has(name));
        if (fresh.length === 0 && (await state(0)).making === null) await begin(0);
        return fresh.length;
      }, patient)
      .toBe(1);
    await expect.poll(async () => (await state(0)).making, patient).toBe(null);
    return files().find((name) => !before.has(name))!;
  };
  const gateways = (): readonly ServiceProcess[] => keep.of('gateway');

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-distributed-backup-'));
    dataDir = join(place, 'gateways');
    mkdirSync(join(dataDir, 'backups'), { recursive: true });
    keep = await start('mongodb', dataDir, ownDatabase(mongo.uri!));
    await signIn();
    app = await walkingApp(admins[0]!);
    instance = await permittedInstance(admins[0]!, app, sumView);
    await app.run(instance, { text: 'ß' });
  });
  afterAll(async () => {
    await keep?.stop();
    rmSync(place, { recursive: true, force: true });
  });

  it('is backed up by one gateway, which the other tells, also while events come in', async () => {
    let going = true;
    let sent = 0;
    const writing = (async () => {
      while (going) await app.sendEvents([walk(++sent, { identifier: `walk-${sent}` })]);
    })();
    expect((await begin(0)).status).toBe(202);
    expect(await begin(1)).toMatchObject({ status: 409, body: { code: 'backup-under-way' } });
    expect((await state(1)).making).not.toBe(null);
    await expect.poll(async () => (await state(1)).making, patient).toBe(null);
    const { failed } = await state(1);
    going = false;
    await writing;
    // The stand-in keeps no moment to read at.
    const reasons = mongo.isStandIn ? ['The keep changed while it was copied'] : [];
    expect(failed === null ? [] : failed.reason.split(',', 1)).toEqual(reasons);
    expect(files()).toHaveLength(mongo.isStandIn ? 0 : 1);
    for (const name of files()) rmSync(join(dataDir, 'backups', name));
    expect(sent).toBeGreaterThan(0);
  });

  it('has its backup at each gateway, which an embedded keep is restored from, equal in every event', async () => {
    const name = await make();
    expect((await state(1)).items.map((item) => item.name)).toContain(name);
    await admins[1]!.confirm();
    const answer = await fetch(`${keep.urls[1]}${route}/${name}`, {
      headers: { authorization: `Bearer ${admins[1]!.token}` },
    });
    expect(answer.status).toBe(200);
    const file = join(place, 'downloaded.age');
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    expect(await datakeep(place, ['verify', '--drill', file])).toMatchObject({
      code: 0,
      output: expect.stringContaining('Drill: restored, started') as string,
    });
    const elsewhere = join(place, 'restored');
    expect(await datakeep(elsewhere, ['restore', file])).toMatchObject({ code: 0 });
    const env = { SIGNING_KEY: signingKey, ADMIN_PASSWORD: keep.adminPassword };
    const embedded = await KeepProcess.start({ dataDir: elsewhere, env });
    try {
      const same = new AppClient(embedded.url, app.token!, app.appId);
      const all = async (of: AppClient): Promise<readonly KeepEvent[]> =>
        (await of.query({ profile: walkProfile, limit: 1000 })).items;
      const here = await all(app);
      expect(here.length).toBeGreaterThan(0);
      expect(await all(same)).toEqual(here);
      expect(await same.run(instance, { text: 'ß' })).toMatchObject({ state: 'succeeded' });
    } finally {
      await embedded.stop();
    }
    expect((await admins[1]!.send('DELETE', `${route}/${name}`)).status).toBe(204);
    expect((await state(0)).items).toEqual([]);
  });

  it('goes on at the other gateway where the one that made a backup was killed', async () => {
    expect((await begin(0)).status).toBe(202);
    await gateways()[0]!.end('SIGKILL');
    await expect.poll(async () => (await state(1)).making, patient).toBe(null);
    expect((await state(1)).failed).toMatchObject({ reason: 'The keep ended before the backup was made.' });
    expect(files()).toEqual([]);
    gateways()[0]!.launch();
    await gateways()[0]!.until('ready');
    await signIn();
    expect(files()).not.toContain(await make().then((name) => `${name}.partial`));
  });

  it('makes one backup for one due time, drilled, whichever gateway serves it', async () => {
    await Promise.all(gateways().map((one) => one.end('SIGTERM')));
    rmSync(join(dataDir, 'backups'), { recursive: true });
    const cron = '0 4 1 1 *';
    writeFileSync(
      join(dataDir, 'backup-schedule.json'),
      JSON.stringify({
        format: 1,
        setting: { cron, passphrase: backupPassphrase },
        due: { cron, at: new Date(Date.now() - 60_000).toISOString() },
      }),
    );
    // Both find a time that passed.
    for (const one of gateways()) one.launch();
    await Promise.all(gateways().map((one) => one.until('ready')));
    await signIn();
    const schedule = (gateway: number): Promise<{ lastMade: object | null; lastDrill: object | null }> =>
      admins[gateway]!.ask('GET', `${route}/schedule`);
    await expect.poll(async () => (await schedule(1)).lastDrill, patient).toMatchObject({ fault: null });
    expect(await schedule(0)).toEqual(await schedule(1));
    expect(await schedule(0)).toMatchObject({ cron, failed: null, lastMade: { name: files()[0] } });
    expect(files()).toHaveLength(1);
    for (const one of gateways()) expect(one.output).not.toContain('a scheduled backup failed');
  });

  it('is restored by the command alone, which the first page says', async () => {
    const body = { setupToken: 'any', passphrase: backupPassphrase };
    expect(await admins[0]!.send('POST', '/admin/v1/setup/restore', { body })).toMatchObject({
      status: 409,
      body: { code: 'restore-elsewhere' },
    });
  });

  it('is backed up, looked at and refused a new key from another machine', async () => {
    const elsewhere = (given: readonly string[]): ReturnType<typeof datakeep> =>
      datakeep(
        join(place, 'none'),
        [...given, '--url', keep.url],
        { DATAKEEP_PASSPHRASE: backupPassphrase },
        `${keep.adminPassword}\n`,
      );
    const file = join(place, 'far.age');
    // Again where the keep wrote meanwhile and the server keeps no moment.
    const made = async (): Promise<number | null> => (await elsewhere(['backup', '--to', file])).code;
    await expect.poll(made, { timeout: 120_000 }).toBe(0);
    expect(await datakeep(place, ['verify', file])).toMatchObject({ code: 0 });
    const seen = await elsewhere(['doctor']);
    expect(seen.code).toBe(0);
    expect(seen.output).toMatch(/^ok {4}records +in mongodb$/m);
    expect(seen.output).toMatch(/^ok {4}keep +It takes requests\.$/m);
    expect(await elsewhere(['rotate-key'])).toMatchObject({
      code: 1,
      output: 'The signing key is given by SIGNING_KEY: change that variable and restart.\n',
    });
  });

  it('has a schedule that is set at one gateway and told, changed and removed at the other', async () => {
    const body = { password: keep.adminPassword, cron: '30 3 * * *', keep: '7d' };
    expect(await admins[0]!.ask('PUT', `${route}/schedule`, { body })).toMatchObject({ cron: '30 3 * * *' });
    expect(await admins[1]!.ask('GET', `${route}/schedule`)).toMatchObject({ source: 'admin', cron: '30 3 * * *' });
    expect((await admins[1]!.send('DELETE', `${route}/schedule`)).status).toBe(204);
    expect(await admins[0]!.ask('GET', `${route}/schedule`)).toMatchObject({ source: 'none', cron: null });
  });
});

describe.runIf(mongo.uri && redis)('a keep whose storage process is on SQLite', () => {
  let place: string;
  let keep: DistributedKeep;
  let uri: string;
  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-mixed-backup-'));
    uri = ownDatabase(mongo.uri!);
    keep = await start('sqlite', place, uri);
  });
  afterAll(async () => {
    await keep?.stop();
    rmSync(place, { recursive: true, force: true });
  });

  it('refuses a backup of its records alone, by each route and by the command', async () => {
    const admin = await AdminClient.signIn(keep.url, 'admin', keep.adminPassword);
    const { adminPassword: password } = keep;
    for (const [method, path, body] of [
      ['GET', route],
      ['POST', route, { password, passphrase: backupPassphrase }],
      ['GET', `${route}/schedule`],
      ['PUT', `${route}/schedule`, { password, passphrase: backupPassphrase, cron: '0 4 * * *' }],
    ] as const)
      expect(await admin.send(method, path, { body })).toMatchObject({
        status: 409,
        body: { code: 'backups-elsewhere' },
      });
    const env = { MONGODB_URI: uri, DATAKEEP_PASSPHRASE: backupPassphrase, SIGNING_KEY: signingKey };
    const elsewhere = join(place, 'elsewhere');
    mkdirSync(elsewhere);
    for (const given of [
      ['backup', '--to', join(place, 'half.age')],
      ['export', '--all', '--to', join(place, 'half')],
      ['move', '--to', join(place, 'moved')],
    ])
      expect(await datakeep(elsewhere, given, env)).toMatchObject({
        code: 1,
        output: expect.stringContaining('are the records of a keep, and none of its events') as string,
      });
  });
});
