import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteDocuments } from '@datakeep/documents';
import { DocumentSourceStore } from './document-source-store.ts';

const id = '0123456789abcdef01234567';
const files = [
  { path: 'main.js', content: 'module.exports = () => "ß";' },
  { path: 'lib/a.js', content: '' },
];

describe('The source store on documents', () => {
  let directory: string;
  let documents: SqliteDocuments;
  let store: DocumentSourceStore;

  const open = (): void => {
    documents = SqliteDocuments.open({ file: join(directory, 'documents.sqlite'), synchronous: 'normal' });
    store = new DocumentSourceStore(documents);
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'datakeep-sources-'));
    open();
  });
  afterEach(async () => {
    await documents.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('keeps files over a restart, in the order they came', async () => {
    expect(await store.isEmpty()).toBe(true);
    await store.put(id, files);
    await documents.close();
    open();
    expect(await store.isEmpty()).toBe(false);
    expect(await store.get(id)).toEqual(files);
    await store.delete(id);
    expect(await store.get(id)).toBeUndefined();
    expect(await store.isEmpty()).toBe(true);
  });

  it('keeps the members of a file that it knows, and no other', async () => {
    await store.put(id, [{ path: 'main.js', content: '1', mode: 0o777 } as (typeof files)[number]]);
    expect(await store.get(id)).toEqual([{ path: 'main.js', content: '1' }]);
  });

  it('has nothing under an id that is none, and deletes nothing there', async () => {
    await store.put(id, files);
    for (const bad of ['../secret', '/etc/passwd', '', `${id}/../../secret`, id.toUpperCase(), '$ne']) {
      expect(await store.get(bad)).toBeUndefined();
      await store.delete(bad);
      await expect(store.put(bad, files)).rejects.toThrow(TypeError);
    }
    await store.delete('f'.repeat(24));
    expect(await store.get(id)).toEqual(files);
  });
});
