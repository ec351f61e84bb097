import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

import { SqliteDocuments } from '@datakeep/documents';
import { createLogger } from '@datakeep/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { indexedNotes, notes } from './document-store.notes.ts';

const records = 100_000;

describe('a store of a former release that gets new indexes', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'datakeep-indexes-'));
    file = join(folder, 'notes.sqlite');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A file of the definition without indexes. */
  async function formerFile(count: number): Promise<void> {
    const store = SqliteDocuments.open({ file, synchronous: 'normal' });
    store.collection(notes);
    await store.close();
    const database = new DatabaseSync(file);
    database.exec(`INSERT INTO notes WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      SELECT 'n' || i, hex(randomblob(40)) FROM n`);
    database.close();
  }

  function indexesOf(): unknown {
    const database = new DatabaseSync(file);
    try {
      const check = database.prepare('PRAGMA integrity_check').get();
      const count = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE sql LIKE 'CREATE INDEX%'").get();
      const kept = database.prepare('SELECT count(*) AS n FROM notes').get();
      return [check?.['integrity_check'], kept?.['n'], count?.['n']];
    } finally {
      database.close();
    }
  }

  it('says so before it begins, and a kill in the middle leaves it as it was', async () => {
    await formerFile(records);
    const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    const args = ['--import', here('./document-store.imports.ts'), here('./document-store.indexes.child.ts'), file];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    child.kill('SIGKILL');
    await exited;
    expect(JSON.parse(line)).toMatchObject({ level: 'info', msg: expect.stringContaining('index'), count: records });
    expect(indexesOf()).toEqual(['ok', records, 0]);

    const store = SqliteDocuments.open({ file, synchronous: 'full' });
    store.collection(indexedNotes);
    await store.close();
    expect(indexesOf()).toEqual(['ok', records, 3]);
  });

  it('says nothing where they take no time', async () => {
    await formerFile(100);
    const logged: string[] = [];
    const logger = createLogger('debug', { write: (line) => void logged.push(line) });
    const store = SqliteDocuments.open({ file, synchronous: 'full', logger });
    store.collection(indexedNotes);
    await store.close();
    expect(logged).toEqual([]);
    expect(indexesOf()).toEqual(['ok', 100, 3]);
  });
});
