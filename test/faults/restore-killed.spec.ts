import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { finishRestore, restoreBackup } from '@datakeep/backup';
import { common, parts, SmallKeep } from '@datakeep/backup/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const now = new Date('2026-12-01T00:00:00Z');
const beforeName = 'before-restore-2026-12-01T00-00-00Z';

describe('a restore', () => {
  let archives: string;
  let archive: string;
  const made: SmallKeep[] = [];
  const keepWith = (word: string): SmallKeep => {
    const keep = SmallKeep.with(word);
    made.push(keep);
    return keep;
  };

  beforeAll(async () => {
    archives = mkdtempSync(join(tmpdir(), 'datakeep-archives-'));
    archive = join(archives, 'new.age');
    await keepWith('new').backUp(archive);
  });
  afterAll(() => {
    for (const { dataDir } of made) rmSync(dataDir, { recursive: true });
    rmSync(archives, { recursive: true });
  });

  const restore = (keep: SmallKeep, words = common.passphrase) =>
    restoreBackup({
      ...common,
      passphrase: words,
      source: createReadStream(archive),
      dataDir: keep.dataDir,
      parts,
      now,
    });
  const killedAt = (keep: SmallKeep, step: number) =>
    spawnSync(
      process.execPath,
      ['--import', here('../contracts/document-store.imports.ts'), here('./restore.child.ts')].concat([
        archive,
        keep.dataDir,
        String(step),
      ]),
      { encoding: 'utf8' },
    );

  it('puts all of the backup in place, keeps what was there, and leaves nothing else', async () => {
    const keep = keepWith('old');
    const { before, manifest } = await restore(keep);
    expect(manifest.files).toHaveLength(3);
    expect(keep.words()).toEqual(['new', 'new', 'new']);
    expect(before).toBe(join(keep.dataDir, beforeName));
    expect(new SmallKeep(before).words()).toEqual(['old', 'old', 'old']);
    expect(readdirSync(keep.dataDir).toSorted()).toEqual(
      [beforeName, 'events', 'keys', 'records.lock', 'records.sqlite', 'restore.lock'].toSorted(),
    );
    // Again on the same day: the first one's folder is not overwritten.
    expect((await restore(keep)).before).toBe(join(keep.dataDir, `${beforeName}-2`));
  });

  it('makes a folder that is not there', async () => {
    const keep = new SmallKeep(join(archives, 'fresh'));
    expect((await restore(keep)).before).toBeUndefined();
    expect(keep.words()).toEqual(['new', 'new', 'new']);
  });

  it('touches nothing under a running keep, or for a wrong passphrase', async () => {
    const keep = keepWith('old');
    const lock = keep.lock();
    await expect(restore(keep)).rejects.toThrow('A keep runs on this DATA_DIR: stop it first.');
    lock.release();
    await expect(restore(keep, 'another passphrase')).rejects.toThrow(
      'Nothing was restored. The passphrase does not open the backup.',
    );
    expect(keep.words()).toEqual(['old', 'old', 'old']);
    expect(readdirSync(keep.dataDir)).not.toContain('.restoring');
  });

  it('refuses a backup with a file that no part of this release has', async () => {
    const keep = keepWith('old');
    const known = parts.filter(({ name }) => name !== 'keys');
    const options = { ...common, source: createReadStream(archive), dataDir: keep.dataDir, parts: known, now };
    await expect(restoreBackup(options)).rejects.toThrow('The backup holds keys/signing.json, which is no part');
    expect(keep.words()).toEqual(['old', 'old', 'old']);
  });

  it('that is killed at any step leaves the old keep or the new one, and the next start finds it whole', () => {
    const ends: string[] = [];
    let steps = '';
    for (let step = 1; steps === ''; step++) {
      const keep = keepWith('old');
      const { signal, stdout, stderr } = killedAt(keep, step);
      finishRestore(keep.dataDir);
      const words = keep.words();
      expect(new Set(words).size, `killed at step ${step}: ${words.join()} ${stderr}`).toBe(1);
      expect(existsSync(join(keep.dataDir, '.restoring'))).toBe(false);
      expect(existsSync(join(keep.dataDir, 'restore-journal.json'))).toBe(false);
      ends.push(words[0]!);
      if (signal === null) steps = stdout;
    }
    // Old until the journal is written, which the steps "clear", "unpack" and "decide" come before; new from then on.
    expect(steps).toBe(String(ends.length - 1));
    expect(ends.length).toBeGreaterThan(8);
    expect(ends).toEqual(['old', 'old', 'old', ...ends.slice(3).map(() => 'new')]);
  });
});
