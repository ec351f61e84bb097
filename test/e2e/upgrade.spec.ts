import {
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimOf, keepFormer, restoreBackup } from '@datakeep/backup';
import { dataDirParts, moveKeep } from '@datakeep/keep-data';
import { createLogger, readConfig, SystemClock } from '@datakeep/kernel';
import { startStorage } from '../../apps/storage/src/bootstrap.ts';
import { type KeepUnderTest, keepUnderTest, walk, walkingApp } from '../support/keep-in-process.ts';
import { KeepProcess } from '../support/keep-process.ts';

const backupPassphrase = 'a passphrase for tests only';

describe('a start that converts a database', () => {
  const place = mkdtempSync(join(tmpdir(), 'datakeep-upgrade-'));
  const dataDir = join(place, 'keep');
  const events = (folder: string): string => join(folder, 'events/events.sqlite');
  const formers = (folder = dataDir): string[] => readdirSync(folder).filter((name) => /^before-up.*Z/.test(name));
  const inFile = <T>(folder: string, work: (file: DatabaseSync) => T): T => {
    const file = new DatabaseSync(events(folder));
    try {
      return work(file);
    } finally {
      file.close();
    }
  };
  const versionOf = (folder: string): unknown =>
    inFile(folder, (file) => file.prepare('PRAGMA user_version').get()?.['user_version']);
  let under: KeepUnderTest | undefined;

  beforeAll(async () => {
    under = await keepUnderTest({ dataDir });
    const app = await walkingApp(under.admin);
    await app.ask('POST', '/app/v1/events', { body: { events: [walk(1), walk(2)] } });
    await under.stop();
    under = undefined;
  });
  beforeEach(() => {
    for (const name of formers()) rmSync(join(dataDir, name), { recursive: true });
    if (versionOf(dataDir) === 3) return;
    inFile(dataDir, (file) =>
      file.exec(
        'ALTER TABLE sources DROP COLUMN events; ALTER TABLE sources DROP COLUMN bytes; PRAGMA user_version = 3;',
      ),
    );
  });
  afterAll(async () => {
    await under?.stop();
    rmSync(place, { recursive: true, force: true });
  });

  const started = async (wishes: Parameters<typeof keepUnderTest>[0] = {}): Promise<string> => {
    under = await keepUnderTest({ dataDir, ...wishes });
    const { logged } = under;
    await under.stop();
    under = undefined;
    expect(versionOf(dataDir)).toBe(4);
    const told = logged.filter((line) => line.includes('is converted from version 3 to 4'));
    expect(told).toHaveLength(1);
    return told[0] ?? '';
  };

  it('keeps all of it as it was, as a DATA_DIR of its own, and says where and how to go back', async () => {
    const told = await started();
    const [name] = formers();
    expect(formers()).toHaveLength(1);
    expect(told).toContain(`start the former release with DATA_DIR=${join(dataDir, name!)}`);
    const former = join(dataDir, name!);
    expect(statSync(former).mode & 0o777).toBe(0o700);
    expect(versionOf(former)).toBe(3);
    expect(inFile(former, (file) => file.prepare('SELECT count(*) AS n FROM events').get()?.['n'])).toBe(2);
    expect(existsSync(join(former, 'documents.sqlite'))).toBe(true);
    expect(readdirSync(join(former, 'keys'))).toEqual(readdirSync(join(dataDir, 'keys')));
    expect(claimOf(`${name}/documents.sqlite`, dataDirParts)).toContain('before an upgrade');

    // The next one finds nothing to convert.
    under = await keepUnderTest({ dataDir });
    expect(under.logged.filter((line) => line.includes('is converted'))).toEqual([]);
    expect(formers()).toHaveLength(1);
    await under.stop();
    under = undefined;
  });

  it('moves the source code of views, which a former release kept in files, to the records', async () => {
    const name = '0123456789abcdef01234567.json';
    mkdirSync(join(dataDir, 'source-code'));
    writeFileSync(join(dataDir, 'source-code', name), '{"files":[{"path":"main.js","content":""}]}');
    expect(await started()).toContain('source-code is moved into documents.sqlite');
    expect(existsSync(join(dataDir, 'source-code'))).toBe(false);
    expect(readdirSync(join(dataDir, formers()[0]!, 'source-code'))).toEqual([name]);
  });

  it('keeps two of the copies that a failing start makes again and again', async () => {
    for (let second = 0; second < 4; second += 1) {
      const now = new Date(`2026-12-01T00:00:0${second}Z`);
      await keepFormer({ dataDir, parts: dataDirParts, passphrase: undefined, version: 'x', now });
    }
    expect(formers()).toEqual(['before-upgrade-2026-12-01T00-00-02Z', 'before-upgrade-2026-12-01T00-00-03Z']);
  });

  it('copies no half of an upgrade whose start fails again and again', async () => {
    const name = '0123456789abcdef01234567.json';
    mkdirSync(join(dataDir, 'source-code'));
    writeFileSync(join(dataDir, 'source-code', name), '{"files":[{"path":"main.js","content":""}]}');
    inFile(dataDir, (file) => file.exec('ALTER TABLE sources ADD COLUMN events INTEGER'));
    for (let start = 0; start < 4; start += 1)
      await expect(KeepProcess.start({ dataDir })).rejects.toThrow('duplicate column name: events');
    expect(existsSync(join(dataDir, 'source-code'))).toBe(false);
    const made = formers();
    expect(made).not.toEqual([]);
    for (const copy of made) expect(readdirSync(join(dataDir, copy, 'source-code'))).toEqual([name]);

    inFile(dataDir, (file) => file.exec('ALTER TABLE sources DROP COLUMN events'));
    await (await KeepProcess.start({ dataDir })).stop();
    expect(versionOf(dataDir)).toBe(4);
    expect(formers()).toEqual(made);
    expect(existsSync(join(dataDir, 'before-upgrade-unfinished.json'))).toBe(false);
  });

  it('makes an encrypted backup where a passphrase is known, which is restored as any other', async () => {
    const told = await started({ config: { backupPassphrase } });
    expect(formers()).toEqual([]);
    const [name] = formers(join(dataDir, 'backups'));
    expect(name).toMatch(/^before-upgrade-.*Z\.tar\.zst\.age$/);
    const file = join(dataDir, 'backups', name!);
    expect(told).toContain(`datakeep restore ${file}`);
    const restored = join(place, 'restored');
    await restoreBackup({
      dataDir: restored,
      parts: dataDirParts,
      source: createReadStream(file),
      passphrase: backupPassphrase,
      now: new Date(),
      onProgress: () => undefined,
    });
    expect(versionOf(restored)).toBe(3);
    expect(inFile(restored, (database) => database.prepare('SELECT count(*) AS n FROM events').get()?.['n'])).toBe(2);
  });

  it('does not begin where the disk has no room for a copy, and changes nothing', async () => {
    const keep = (passphrase: string | undefined): Promise<string> =>
      keepFormer({
        dataDir,
        parts: dataDirParts,
        passphrase,
        version: 'x',
        now: new Date(),
        freeBytes: () => 64 * 1024 * 1024,
      });
    for (const passphrase of [undefined, backupPassphrase])
      await expect(keep(passphrase)).rejects.toThrow(
        /^The disk has no room .*: \d+ MiB are needed, and 64 MiB are free\./,
      );
    expect(formers()).toEqual([]);
    expect(versionOf(dataDir)).toBe(3);
  });

  it('does not begin beside a keep that runs', async () => {
    await started();
    under = await keepUnderTest({ dataDir });
    const copy = keepFormer({ dataDir, parts: dataDirParts, passphrase: undefined, version: 'x', now: new Date() });
    await expect(copy).rejects.toThrow('A keep runs on this DATA_DIR: stop it first.');
    await under.stop();
    under = undefined;
    expect(formers()).toHaveLength(1);
  });

  it('keeps the events alone where a storage process has them', async () => {
    const alone = mkdtempSync(join(place, 'storage-'));
    cpSync(join(dataDir, 'events'), join(alone, 'events'), { recursive: true });
    const logged: string[] = [];
    const storage = await startStorage({
      config: {
        ...readConfig({}),
        dataDir: alone,
        servicePort: 0,
        healthPort: 0,
        serviceSecret: 'a secret of services for tests only',
      },
      clock: new SystemClock(),
      logger: createLogger('warn', { write: (line: string) => void logged.push(line) }),
    });
    await storage.close();
    expect(logged.filter((line) => line.includes('is converted from version 3 to 4'))).toHaveLength(1);
    const [name] = formers(alone);
    expect(versionOf(join(alone, name!))).toBe(3);
    expect(versionOf(alone)).toBe(4);
  });

  it('is needed before the keep can be moved', async () => {
    const to = { folder: join(place, 'moved') };
    const moved = moveKeep({ config: { ...readConfig({}), dataDir }, to, onProgress: () => undefined });
    await expect(moved).rejects.toThrow(/^events\/events\.sqlite is of a former release\. Start the keep once/);
    expect(versionOf(dataDir)).toBe(3);
  });
});
