import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beginBackup } from '@datakeep/backup';
import { DOCUMENTS, type DocumentStore } from '@datakeep/documents';
import { copyDatabase, moveKeep, restoreToDatabase } from '@datakeep/keep-data';
import { verifyAudit } from '@datakeep/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupPassphrase, datakeep } from '../support/datakeep-command.ts';
import { fillKeep, type FullKeep } from '../support/full-keep.ts';
import { AdminClient, AppClient } from '../support/keep-client.ts';
import { adminPassword, type KeepUnderTest, keepUnderTest, walk, walkProfile } from '../support/keep-in-process.ts';
import { KeepProcess } from '../support/keep-process.ts';
import { mongoServer } from '../support/mongo/mongo-server.ts';

const server = await mongoServer('backups of a keep on MongoDB');

describe.runIf(server.uri)('a backup of a keep on MongoDB', () => {
  let place: string;
  let dataDir: string;
  let file: string;
  let full: FullKeep;
  let uri: string;
  let running: KeepUnderTest;
  const databases: string[] = [];

  const newDatabase = (): string => {
    const database = server.newDatabase();
    databases.push(database);
    const address = new URL(server.uri ?? '');
    address.pathname = database;
    return address.href;
  };
  const fresh = (): string => {
    const folder = mkdtempSync(join(place, 'data-'));
    rmSync(folder, { recursive: true });
    return folder;
  };
  const command = (folder: string, given: readonly string[], mongodb?: string) =>
    datakeep(folder, given, {
      DATAKEEP_PASSPHRASE: backupPassphrase,
      ...(mongodb === undefined ? {} : { MONGODB_URI: mongodb }),
    });

  /** Of the keep that was backed up, whatever came after. */
  const expectAll = async (wishes: Parameters<typeof keepUnderTest>[0]): Promise<void> => {
    const under = await keepUnderTest(wishes);
    try {
      const app = new AppClient(under.url, full.app.token!, full.app.appId);
      expect((await app.query({ profile: walkProfile, limit: 100 })).items).toHaveLength(53);
      expect(await app.sendEvents([walk(1, { identifier: 'one' })])).toMatchObject({ accepted: 0, duplicates: 1 });
      expect(await app.run(full.instance)).toMatchObject({ state: 'succeeded' });
      expect(await verifyAudit(under.keep.app.get<DocumentStore>(DOCUMENTS))).not.toHaveProperty('broken');
    } finally {
      await under.stop();
    }
  };

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-mongo-backup-'));
    dataDir = join(place, 'data');
    file = join(place, 'keep.age');
    full = await fillKeep(dataDir);
    uri = newDatabase();
    const config = { dataDir, mongodbUri: undefined, signingKey: undefined };
    await moveKeep({ config, to: { uri }, onProgress: () => undefined });
    running = await keepUnderTest({ dataDir, config: { mongodbUri: uri } });
  });
  afterAll(async () => {
    await running.stop();
    for (const database of databases) await server.drop(database);
    rmSync(place, { recursive: true });
  });

  it('is made while it runs, checked, drilled, and one like any other', async () => {
    // What is written meanwhile would be in the way where the server keeps no moment.
    const app = new AppClient(running.url, full.app.token!, full.app.appId);
    await expect
      .poll(async () => (await app.ask<{ state: string }>('GET', `/app/v1/runs/${full.waitingRun}`)).state)
      .toBe('succeeded');
    const { code, output } = await command(dataDir, ['backup', '--to', file, '--drill'], uri);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/^Made and checked: /m);
    expect(output).toMatch(/^ {2}53 events, \d+ records, 1 other file$/m);
    expect(output).toMatch(/^Drill: restored, started/m);
    expect(readdirSync(join(dataDir, 'backups'))).toEqual(['.lock']);
    expect(await command(place, ['verify', file])).toMatchObject({ code: 0 });
  });

  it('becomes an embedded keep, or one on an empty database', async () => {
    const embedded = fresh();
    expect(await command(embedded, ['restore', file])).toMatchObject({ code: 0 });
    await expectAll({ dataDir: embedded });

    const [folder, database] = [fresh(), newDatabase()];
    const { code, output } = await command(folder, ['restore', file], database);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('Restored in the database of') });
    expect(readdirSync(folder).toSorted()).toEqual(expect.arrayContaining(['backups', 'documents.lock', 'keys']));
    await expectAll({ dataDir: folder, config: { mongodbUri: database } });

    const again = await command(folder, ['restore', file], database);
    expect(again).toMatchObject({ code: 1, output: expect.stringContaining('holds something already') });
    const early = await command(dataDir, ['restore', file], newDatabase());
    expect(early).toMatchObject({ code: 1, output: expect.stringContaining('A keep runs on this DATA_DIR') });
  });

  it('has an audit trail that doctor follows while it runs, and makes nothing in an empty database', async () => {
    const whole = await command(dataDir, ['doctor'], uri);
    expect(whole.output).toMatch(/^ok\s+audit trail\s+A whole chain of \d+ entries, whose last hash is /m);
    const database = newDatabase();
    const empty = await command(fresh(), ['doctor'], database);
    expect(empty.output).toMatch(/^ok\s+audit trail\s+It has no entry yet\.$/m);
    expect(await command(fresh(), ['restore', file], database)).toMatchObject({ code: 0 });
  });

  it('brings its keys, and puts those of another time aside', async () => {
    const folder = fresh();
    mkdirSync(folder);
    const keys = (of: string): string => readFileSync(join(of, 'keys/signing-keys.json'), 'utf8');
    expect(await command(folder, ['rotate-key'])).toMatchObject({ code: 0 });
    const former = keys(folder);
    const { code, output } = await command(folder, ['restore', file], newDatabase());
    expect({ code, output }).toMatchObject({ code: 0 });
    const [, before = ''] = /^What was there before is in (\S+);/m.exec(output) ?? [];
    expect(keys(before)).toBe(former);
    expect(keys(folder)).toBe(keys(dataDir));

    const void_ = await command(fresh(), ['restore', file, '--void-tokens'], newDatabase());
    expect(void_).toMatchObject({ code: 0, output: expect.stringContaining('All tokens are void') });
  });

  it('that is restored and cut short starts no keep, and is restored by the same again', async () => {
    const [folder, database] = [fresh(), newDatabase()];
    mkdirSync(folder);
    const backups = beginBackup(folder);
    const cut = restoreToDatabase({
      source: createReadStream(file),
      passphrase: backupPassphrase,
      uri: database,
      dataDir: folder,
      backups,
      keysAreFiles: true,
      now: new Date(),
      onProgress: ({ step }) => {
        if (step === 'copy') throw new Error('cut');
      },
    }).finally(() => backups.end());
    await expect(cut).rejects.toThrow('cut');
    await expect(keepUnderTest({ dataDir: fresh(), config: { mongodbUri: database } })).rejects.toMatchObject({
      message: expect.stringContaining('is not finished') as string,
    });
    expect(await command(folder, ['restore', file], database)).toMatchObject({ code: 0 });
    await expectAll({ dataDir: folder, config: { mongodbUri: database } });
  });

  it('is refused with a wrong passphrase, before anything is touched', async () => {
    const [folder, database] = [fresh(), newDatabase()];
    const env = { DATAKEEP_PASSPHRASE: 'another passphrase', MONGODB_URI: database };
    const { code, output } = await datakeep(folder, ['restore', file], env);
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('does not open the backup') });
    expect(existsSync(join(folder, 'keys'))).toBe(false);
    expect(await command(folder, ['restore', file], database)).toMatchObject({ code: 0 });
  });

  it('is made by the Control Centre and the schedule where one process is the keep', async () => {
    const [folder, database] = [fresh(), newDatabase()];
    expect(await command(folder, ['restore', file], database)).toMatchObject({ code: 0 });
    const env = { MONGODB_URI: database, ADMIN_PASSWORD: adminPassword };
    const keep = await KeepProcess.start({ dataDir: folder, env });
    try {
      const admin = await AdminClient.signIn(keep.url, 'admin', adminPassword);
      const route = '/admin/v1/backups';
      const made = async (): Promise<readonly { name: string }[]> => {
        const { making, items } = await admin.ask<{ making: object | null; items: { name: string }[] }>('GET', route);
        // Again where the keep wrote meanwhile and the server keeps no moment.
        if (making === null && items.length === 0)
          await admin.ask('POST', route, { body: { password: adminPassword, passphrase: backupPassphrase } });
        return items;
      };
      await expect.poll(made, { timeout: 120_000, interval: 500 }).toHaveLength(1);
      const [{ name }] = (await made()) as [{ name: string }];
      expect(await command(place, ['verify', join(folder, 'backups', name)])).toMatchObject({ code: 0 });
      expect(await admin.ask('GET', `${route}/schedule`)).toMatchObject({ source: 'none' });
    } finally {
      await keep.stop();
    }
  });

  it('is exported in open formats as well', async () => {
    const to = join(place, 'export');
    const { code, output } = await command(dataDir, ['export', '--all', '--to', to], uri);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('53 events of 1 profile') });
  });

  it.runIf(server.isStandIn)('is refused where the keep changes meanwhile and the server keeps no moment', async () => {
    const backups = beginBackup(dataDir);
    let copying = true;
    // One change alone could come after the second reading.
    const changes = (async () => {
      while (copying) await running.admin.makeAppHolder('Meanwhile');
    })();
    try {
      const copied = copyDatabase({ uri, dataDir, work: backups.makeWork(), onProgress: () => undefined });
      await expect(copied).rejects.toThrow('The keep changed while it was copied');
    } finally {
      copying = false;
      backups.end();
      await changes;
    }
  });
});
