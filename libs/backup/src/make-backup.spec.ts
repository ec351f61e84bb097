import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemFault } from './backup-error.ts';
import { beginBackup } from './backups-folder.ts';
import { makeBackup } from './make-backup.ts';
import { formatVersion, type Manifest } from './manifest.ts';
import { packBackup } from './pack-backup.ts';
import { takeSnapshot } from './snapshot.ts';
import { common, parts, passphrase, SmallKeep } from './testing/small-keep.ts';
import { Notes } from './testing/sqlite/notes.ts';
import { unpackBackup } from './unpack-backup.ts';

describe('a backup', () => {
  let keep: SmallKeep;
  let folder: string;
  let file: string;
  let whole: Buffer;

  beforeAll(async () => {
    keep = SmallKeep.with('kept', 2000);
    folder = mkdtempSync(join(tmpdir(), 'datakeep-archive-'));
    file = join(folder, 'keep.tar.zst.age');
    await keep.backUp(file);
    whole = readFileSync(file);
  });
  const into: string[] = [];
  afterEach(() => into.splice(0).forEach((made) => rmSync(made, { recursive: true, force: true })));
  afterAll(() => {
    rmSync(folder, { recursive: true });
    rmSync(keep.dataDir, { recursive: true });
  });

  const emptyFolder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'datakeep-unpacked-'));
    into.push(made);
    return made;
  };
  const unpack = (source: Readable, words = passphrase): Promise<Manifest> =>
    unpackBackup({ source, passphrase: words, into: emptyFolder(), step: 'check', onProgress: () => undefined });

  it('leaves neither the snapshot nor what was read back, for the caller to remove in its thread', async () => {
    const begun = beginBackup(keep.dataDir);
    const [snapshot, checkIn] = [begun.makeWork(), begun.makeWork()];
    const taken = takeSnapshot(keep.dataDir, parts, snapshot);
    await taken.copy(() => undefined).finally(() => taken.close());
    const target = join(folder, 'second.tar.zst.age');
    await makeBackup({ ...common, folder: snapshot, checkIn, target });
    rmSync(target);
    expect([snapshot, checkIn].filter((path) => existsSync(path))).toEqual([]);
    begun.end();
  });

  it('holds every file that is kept, with its rows, and nothing else; the owner alone may read it', async () => {
    const manifest = await unpack(createReadStream(file));
    expect(manifest).toMatchObject({ format: formatVersion, createdDate: '2026-11-30T05:30:00.000Z' });
    expect(manifest.files).toMatchObject([
      { path: 'events/events.sqlite', rows: { notes: 2000 } },
      { path: 'keys/signing.json' },
      { path: 'records.sqlite', rows: { notes: 2000 } },
    ]);
    expect(new SmallKeep(into[0]).words()).toEqual(['kept', 'kept', 'kept']);
    expect(statSync(join(into[0]!, 'records.sqlite')).mode & 0o777).toBe(0o600);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['keep.tar.zst.age']);
  });

  it('is of the moment of the snapshot, whatever is written while it is copied', async () => {
    const busy = SmallKeep.with('busy', 5000, 4000);
    const work = beginBackup(busy.dataDir);
    try {
      using records = new Notes(join(busy.dataDir, 'records.sqlite'));
      using events = new Notes(join(busy.dataDir, 'events/events.sqlite'));
      const target = work.makeWork();
      const snapshot = takeSnapshot(busy.dataDir, parts, target);
      rmSync(join(busy.dataDir, 'keys/signing.json'));
      let written = 0;
      const write = (): void => {
        for (let note = 0; note < 20; note++) {
          records.add('later');
          events.add('later');
        }
        written++;
      };
      write();
      await snapshot.copy(write);
      snapshot.close();
      expect(written).toBeGreaterThan(1);
      const copy = new SmallKeep(target);
      expect(copy.words()).toEqual(['busy', 'busy', 'busy']);
      for (const name of ['records.sqlite', 'events/events.sqlite']) {
        using copied = new Notes(join(target, name));
        expect(copied.count()).toBe(5000);
      }
      expect(records.count()).toBeGreaterThan(5000);
    } finally {
      work.end();
      rmSync(busy.dataDir, { recursive: true });
    }
  });

  it('opens with its passphrase only', async () => {
    await expect(unpack(createReadStream(file), 'another passphrase')).rejects.toThrow(
      'The passphrase does not open the backup.',
    );
  });

  it('is refused when it is cut, at whatever byte', async () => {
    for (const bytes of [
      0,
      10,
      150,
      200,
      1000,
      whole.length >> 1,
      whole.length - 17,
      whole.length - 16,
      whole.length - 1,
    ])
      await expect(unpack(Readable.from([whole.subarray(0, bytes)])), `${bytes} bytes`).rejects.toThrow(
        /damaged|cut off/,
      );
  });

  it('is refused when one byte is another, or one more follows', async () => {
    for (const at of [3, 30, 160, 250, whole.length >> 2, whole.length >> 1, whole.length - 20, whole.length - 1]) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1;
      await expect(unpack(Readable.from([flipped])), `byte ${at}`).rejects.toThrow(/damaged|does not open/);
    }
    await expect(unpack(Readable.from([whole, Buffer.from('x')]))).rejects.toThrow(/damaged/);
  });

  const packed = async (manifest: Manifest): Promise<Readable> => {
    const chunks: Buffer[] = [];
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk);
        done();
      },
    });
    const sources = emptyFolder();
    for (const { path } of manifest.files) if (/^\w+$/.test(path)) writeFileSync(join(sources, path), 'x');
    await packBackup({ folder: sources, manifest, passphrase, workFactor: 4, onProgress: () => undefined }, sink);
    return Readable.from(chunks);
  };
  const digestOfX = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881';
  const described = (path: string, more: object = {}): Manifest => ({
    format: formatVersion,
    datakeep: '1.0.0',
    createdDate: '2026-11-30T05:30:00.000Z',
    files: [{ path, bytes: 1, sha256: digestOfX }],
    ...more,
  });

  it('of a later format is refused, with what to do', async () => {
    expect((await unpack(await packed(described('x')))).files).toHaveLength(1);
    await expect(unpack(await packed(described('x', { format: formatVersion + 1 })))).rejects.toThrow(
      /has format 2, and this Datakeep reads up to format 1: use the Datakeep that made it/,
    );
  });

  it.each(['../outside', '/etc/outside', 'keys/../../outside', 'keys//outside', './outside', 'a\\b', ''])(
    'that names the file %j is refused before anything is written',
    async (path) => {
      const files = [{ path, bytes: 0, sha256: digestOfX }];
      await expect(unpack(await packed(described('x', { files })).catch(() => Readable.from([])))).rejects.toThrow(
        /no path in a keep|damaged/,
      );
      for (const made of into) expect(existsSync(join(made, '../outside'))).toBe(false);
    },
  );

  it('whose content is not what its manifest says is refused', async () => {
    const files = [{ path: 'x', bytes: 1, sha256: digestOfX.replace('2', '3') }];
    await expect(unpack(await packed(described('x', { files })))).rejects.toThrow(/its digest differs/);
  });

  it('overwrites nothing, and needs a folder', async () => {
    await expect(keep.backUp(file)).rejects.toThrow(/is there already, and a backup overwrites nothing/);
    await expect(keep.backUp(join(folder, 'none/keep.age'))).rejects.toThrow(/There is no folder/);
    expect(readFileSync(file).equals(whole)).toBe(true);
  });

  it('clears what a killed one left', () => {
    writeFileSync(join(keep.dataDir, 'backups/datakeep-then.tar.zst.age.partial'), 'half');
    mkdirSync(join(keep.dataDir, 'backups/.work-killed'));
    beginBackup(keep.dataDir).end();
    expect(readdirSync(join(keep.dataDir, 'backups'))).toEqual(['.lock']);
  });

  it('is made one at a time', async () => {
    const begun = beginBackup(keep.dataDir);
    try {
      await expect(keep.backUp(join(folder, 'second.age'))).rejects.toThrow(
        'Another backup of this keep is being made or verified.',
      );
    } finally {
      begun.end();
    }
  });

  it('says that the disk is full', async () => {
    // /dev/full answers each write as a full disk does.
    const options = { ...common, folder: emptyFolder(), manifest: described('x', { files: [] }) };
    await expect(packBackup(options, createWriteStream('/dev/full'))).rejects.toSatisfy(
      (error) => systemFault(error) === 'the disk is full',
    );
  });
});
