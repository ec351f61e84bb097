import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, statSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

import { everyOf, SqliteDocuments } from '@datakeep/documents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { documentStoreContract } from './document-store.contract.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datakeep-documents-'));
});
afterAll(() => rm(folder, { recursive: true }));

const newFile = () => join(folder, `${++files}.sqlite`);

documentStoreContract('SQLite', {
  newPlace: newFile,
  open: async (file) => SqliteDocuments.open({ file, synchronous: 'full' }),
});

interface Note {
  readonly id: string;
  readonly text: string;
}
const notes = { name: 'notes', fields: { text: { type: 'string' } }, indexes: [] } as const;

describe('the SQLite document store', () => {
  it('keeps its file to the owner', async () => {
    const file = newFile();
    const store = SqliteDocuments.open({ file, synchronous: 'full' });
    const collection = store.collection<Note>(notes);
    await store.commit([collection.insert({ id: 'a', text: 'x' })]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(`${file}-wal`)).mode & 0o777).toBe(0o600);
    expect((await store.figures()).bytes).toBeGreaterThan(0);
    await store.close();
    await expect(stat(`${file}-wal`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is held by one opener at a time', async () => {
    const file = newFile();
    const store = SqliteDocuments.open({ file, synchronous: 'full' });
    expect(() => SqliteDocuments.open({ file, synchronous: 'full' })).toThrowError(
      expect.objectContaining({ code: 'storage-busy' }),
    );
    await store.close();
    await SqliteDocuments.open({ file, synchronous: 'full' }).close();
  });

  it('refuses a file that is no store, without its path in the message', async () => {
    let thrown: unknown;
    try {
      SqliteDocuments.open({ file: mkdtempSync(join(folder, 'no-store-')), synchronous: 'full' });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'storage-unreachable', message: expect.not.stringContaining(folder) });
  });

  it('says that the disk is full, stores nothing of that unit, and goes on', async () => {
    const store = SqliteDocuments.open({ file: newFile(), synchronous: 'full', maxBytes: 64 * 1024 });
    const collection = store.collection<Note>(notes);
    await store.commit([collection.insert({ id: 'small', text: 'x' })]);
    await expect(
      store.commit([
        collection.insert({ id: 'first', text: 'y' }),
        collection.insert({ id: 'large', text: 'z'.repeat(100_000) }),
      ]),
    ).rejects.toMatchObject({ code: 'storage-full' });
    expect(await collection.count()).toBe(1);
    await store.commit([collection.insert({ id: 'another', text: 'x' })]);
    expect(await collection.count()).toBe(2);
    await store.close();
  });

  it('keeps the order in which commits were asked for, whatever their durability', async () => {
    const store = SqliteDocuments.open({ file: newFile(), synchronous: 'full' });
    const collection = store.collection<Note>(notes);
    const insert = (id: string) => store.commit([collection.insert({ id, text: 'first' })], 'durable');
    const change = (id: string) =>
      store.commit([collection.update(id, { set: { text: 'second' } }, { text: 'first' })], 'relaxed');
    await Promise.all([insert('a'), change('a')]);
    expect(await collection.get('a')).toEqual({ id: 'a', text: 'second' });
    const refused = await Promise.allSettled([insert('a'), change('a')]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await store.close();
  });

  it('adds new fields and indexes to a file of an older definition, and refuses a field of another type', async () => {
    const file = newFile();
    const before = SqliteDocuments.open({ file, synchronous: 'full' });
    await before.commit([before.collection<Note>(notes).insert({ id: 'a', text: 'x' })]);
    await before.close();

    const store = SqliteDocuments.open({ file, synchronous: 'full' });
    const collection = store.collection<Note & { readonly stars?: number }>({
      name: 'notes',
      fields: { text: { type: 'string' }, stars: { type: 'number', optional: true } },
      indexes: [{ name: 'stars', fields: ['stars'], unique: true, serves: 'one note per number of stars' }],
    });
    await store.commit([collection.update('a', { set: { stars: 5 } })]);
    expect(await collection.get('a')).toEqual({ id: 'a', text: 'x', stars: 5 });
    await expect(store.commit([collection.insert({ id: 'b', text: 'y', stars: 5 })])).rejects.toMatchObject({
      index: 'stars',
    });
    await store.close();

    const later = SqliteDocuments.open({ file, synchronous: 'full' });
    expect(() => later.collection({ name: 'notes', fields: { text: { type: 'number' } }, indexes: [] })).toThrowError(
      TypeError,
    );
    await later.close();
  });

  it('killed in the middle of its work has every acknowledged unit, and no part of any other', async () => {
    const file = newFile();
    const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    const acknowledged = new Set<number>();
    for (let time = 0; time < 3; time++) {
      const child = spawn(
        process.execPath,
        ['--import', here('./document-store.imports.ts'), here('./document-store.child.ts'), file, String(time * 1e6)],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const lines = createInterface({ input: child.stdout });
      const before = acknowledged.size;
      lines.on('line', (line) => {
        acknowledged.add(Number(line));
        if (acknowledged.size === before + 100) child.kill('SIGKILL');
      });
      await Promise.all([once(child, 'exit'), once(lines, 'close')]);
      expect(child.signalCode).toBe('SIGKILL');

      const store = SqliteDocuments.open({ file, synchronous: 'full' });
      const units = new Map<number, number>();
      const parts = store.collection<{ readonly id: string; readonly unit: number }>({
        name: 'parts',
        fields: { unit: { type: 'number' } },
        indexes: [],
      });
      for await (const { unit } of everyOf(parts)) units.set(unit, (units.get(unit) ?? 0) + 1);
      await store.close();
      expect(new Set(units.values())).toEqual(new Set([3]));
      expect(acknowledged.size).toBeGreaterThanOrEqual(before + 100);
      expect([...acknowledged].filter((unit) => !units.has(unit))).toEqual([]);
    }
  });

  it('moves its log into the file in steps of some 4 MiB, since a commit waits for each of them', async () => {
    const file = newFile();
    const store = SqliteDocuments.open({ file, synchronous: 'full' });
    const collection = store.collection<Note>(notes);
    for (let id = 0; id < 300; id += 1)
      await store.commit([collection.insert({ id: `${id}`, text: 'x'.repeat(30_000) })], 'relaxed');
    expect(statSync(`${file}-wal`).size).toBeLessThan(5 * 1024 * 1024);
    await store.close();
  });

  it('pages by an index without sorting, and finds by a unique one', async () => {
    const file = newFile();
    const store = SqliteDocuments.open({ file, synchronous: 'full' });
    store.collection<Note & { readonly at: number; readonly key?: string }>({
      name: 'notes',
      fields: { text: { type: 'string' }, at: { type: 'number' }, key: { type: 'string', optional: true } },
      indexes: [
        { name: 'byText', fields: ['text', 'at'], serves: 'notes of a text, newest first' },
        { name: 'key', fields: ['key'], unique: true, serves: 'one note per key' },
      ],
    });
    await store.close();
    const database = new DatabaseSync(file, { readOnly: true });
    const plan = (sql: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN SELECT * FROM "notes" WHERE ${sql}`)
        .all()
        .map((step) => String(step.detail));
    expect(plan('"text" = ? AND ("at", "id") < (?, ?) ORDER BY "at" DESC, "id" DESC LIMIT ?')).toEqual([
      expect.stringMatching(/^SEARCH notes USING INDEX notes\.byText \(text=\? AND \(at,id\)<\(\?,\?\)\)$/),
    ]);
    expect(plan('"key" = ?')).toEqual([expect.stringContaining('USING INDEX notes.key (key=?)')]);
    database.close();
  });
});
