import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { SqliteDocuments } from '@datakeep/documents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Note {
  readonly id: string;
  readonly text: string;
}
const notes = {
  name: 'notes',
  fields: { text: { type: 'string' } },
  indexes: [{ name: 'notesByText', fields: ['text'], serves: 'A copy of the text beside the table.' }],
} as const;
const secret = 'a secret of a deleted record';

describe('what is deleted from a SQLite document store', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'datakeep-deleted-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each<[string, number]>([
    ['short texts', 1],
    ['texts that span pages', 400],
  ])('is in neither the file nor its log once that is checkpointed: %s', async (name, times) => {
    const file = join(folder, `${name}.sqlite`);
    const store = SqliteDocuments.open({ file, synchronous: 'normal' });
    const collection = store.collection<Note>(notes);
    const texts = Array.from({ length: 60 }, (_, index) => `${index} ${secret.repeat(times)}`);
    const inserts = texts.map((text, index) => collection.insert({ id: `note ${index}`, text }));
    await store.commit(inserts);
    await store.commit(texts.slice(0, 30).map((_, index) => collection.delete(`note ${index}`)));
    for (let index = 30; index < 60; index += 1)
      await store.commit([collection.update(`note ${index}`, { set: { text: 'x' } })]);
    await store.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
    expect(readFileSync(file, 'latin1')).not.toContain(secret);

    const again = SqliteDocuments.open({ file, synchronous: 'normal' });
    expect(await again.collection<Note>(notes).count()).toBe(30);
    await again.close();
  });

  it('leaves the log of a store that is open and quiet as well', async () => {
    const file = join(folder, 'quiet.sqlite');
    const store = SqliteDocuments.open({ file, synchronous: 'full', emptyLogAfterMs: 20 });
    const collection = store.collection<Note>(notes);
    // It keeps the log until the note is deleted, however long the commits take.
    const reader = new DatabaseSync(file, { readOnly: true });
    reader.exec('BEGIN; SELECT * FROM notes');
    await store.commit([collection.insert({ id: 'gone', text: secret }), collection.insert({ id: 'left', text: 'x' })]);
    expect(readFileSync(`${file}-wal`, 'latin1')).toContain(secret);
    await store.commit([collection.delete('gone')]);
    await store.commit([collection.update('left', { set: { text: 'y' } })]);
    reader.exec('COMMIT');
    await expect.poll(() => readFileSync(`${file}-wal`, 'latin1')).not.toContain(secret);
    expect(readFileSync(file, 'latin1')).not.toContain(secret);
    reader.close();
    await store.commit([collection.insert({ id: 'next', text: 'z' })]);
    expect(await collection.count()).toBe(2);
    await store.close();
  });

  it('leaves the log that a killed process left as well', async () => {
    const [file, killed] = [join(folder, 'living.sqlite'), join(folder, 'killed.sqlite')];
    const living = SqliteDocuments.open({ file, synchronous: 'full' });
    const collection = living.collection<Note>(notes);
    await living.commit([collection.insert({ id: 'gone', text: secret })]);
    await living.commit([collection.delete('gone')]);
    for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, `${killed}${end}`);
    await living.close();
    const store = SqliteDocuments.open({ file: killed, synchronous: 'full', emptyLogAfterMs: 20 });
    expect(readFileSync(`${killed}-wal`, 'latin1')).toContain(secret);
    await expect.poll(() => readFileSync(`${killed}-wal`, 'latin1')).not.toContain(secret);
    await store.close();
  });
});
