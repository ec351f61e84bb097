import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataDirPart } from '@datakeep/kernel';
import { FileLock } from '@datakeep/sqlite';
import { beginBackup } from '../backups-folder.ts';
import { makeBackup } from '../make-backup.ts';
import { takeSnapshot } from '../snapshot.ts';
import { Notes } from './sqlite/notes.ts';

export const passphrase = 'a passphrase of tests';

/** A DATA_DIR of two databases and a folder, with the parts that say so. */
export const parts: readonly DataDirPart[] = [
  { name: 'records', entries: [{ database: 'records.sqlite' }, { lock: 'records.lock' }] },
  { name: 'events', entries: [{ database: 'events/events.sqlite' }] },
  { name: 'keys', entries: [{ files: 'keys', names: /^[a-z]+\.json$/ }] },
];

export class SmallKeep {
  readonly dataDir: string;

  constructor(dataDir = mkdtempSync(join(tmpdir(), 'datakeep-backup-'))) {
    this.dataDir = dataDir;
  }

  /** A keep with so many notes in each database, which say `word`. */
  static with(word: string, notes = 100, length = 0): SmallKeep {
    const keep = new SmallKeep();
    mkdirSync(join(keep.dataDir, 'events'), { mode: 0o700 });
    mkdirSync(join(keep.dataDir, 'keys'), { mode: 0o700 });
    for (const file of ['records.sqlite', 'events/events.sqlite']) {
      using database = new Notes(join(keep.dataDir, file));
      database.addAll(Array.from({ length: notes }, (_, note) => `${word} ${note}${'.'.repeat(length)}`));
    }
    writeFileSync(join(keep.dataDir, 'keys/signing.json'), JSON.stringify({ word }), { mode: 0o600 });
    writeFileSync(join(keep.dataDir, 'keys/signing.json.tmp'), 'half');
    return keep;
  }

  /** The word of each part; they differ where half of one keep is mixed with half of another. */
  words(): readonly string[] {
    const of = (file: string): string => {
      using database = new Notes(join(this.dataDir, file));
      return database.first().split(' ')[0]!;
    };
    const keys = JSON.parse(readFileSync(join(this.dataDir, 'keys/signing.json'), 'utf8')) as { word: string };
    return [of('records.sqlite'), of('events/events.sqlite'), keys.word];
  }

  lock(): FileLock {
    return FileLock.take(join(this.dataDir, 'records.lock'), 'held');
  }

  /** Backs it up to `target`. */
  async backUp(target: string): ReturnType<typeof makeBackup> {
    const begun = beginBackup(this.dataDir);
    try {
      const folder = begun.makeWork();
      const snapshot = takeSnapshot(this.dataDir, parts, folder);
      await snapshot.copy(() => undefined).finally(() => snapshot.close());
      return await makeBackup({ ...common, folder, checkIn: begun.makeWork(), target });
    } finally {
      begun.end();
    }
  }
}

/** Cheap for scrypt: a test makes many. */
export const common = {
  passphrase,
  version: '0.0.0',
  createdDate: new Date('2026-11-30T05:30:00Z'),
  workFactor: 4,
  onProgress: () => undefined,
};
