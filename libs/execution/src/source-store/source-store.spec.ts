import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteDocuments } from '@datakeep/documents';
import { DocumentSourceStore } from './document-source-store.ts';
import { FileSourceStore } from './file-source-store.ts';
import type { SourceStore } from './source-store.ts';

const id = '0123456789abcdef01234567';
const files = [
  { path: 'main.js', content: 'module.exports = () => "ß";' },
  { path: 'lib/a.js', content: '' },
];

interface Opened {
  readonly store: SourceStore;
  close(): Promise<void>;
}

const stores: Readonly<Record<string, (directory: string) => Promise<Opened>>> = {
  files: async (directory) => ({
    store: await FileSourceStore.open(join(directory, 'source-code')),
    close: async () => {},
  }),
  documents: async (directory) => {
    const documents = SqliteDocuments.open({ file: join(directory, 'documents.sqlite'), synchronous: 'normal' });
    return { store: new DocumentSourceStore(documents), close: () => documents.close() };
  },
};

describe.each(Object.entries(stores))('The source store on %s', (_name, open) => {
  let directory: string;
  let opened: Opened;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'datakeep-sources-'));
    opened = await open(directory);
  });
  afterEach(async () => {
    await opened.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('keeps files over a restart, in the order they came', async () => {
    expect(await opened.store.isEmpty()).toBe(true);
    await opened.store.put(id, files);
    await opened.close();
    opened = await open(directory);
    expect(await opened.store.isEmpty()).toBe(false);
    expect(await opened.store.get(id)).toEqual(files);
    await opened.store.delete(id);
    expect(await opened.store.get(id)).toBeUndefined();
    expect(await opened.store.isEmpty()).toBe(true);
  });

  it('keeps the members of a file that it knows, and no other', async () => {
    await opened.store.put(id, [{ path: 'main.js', content: '1', mode: 0o777 } as (typeof files)[number]]);
    expect(await opened.store.get(id)).toEqual([{ path: 'main.js', content: '1' }]);
  });

  it('has nothing under an id that is none, and deletes nothing there', async () => {
    await opened.store.put(id, files);
    for (const bad of ['../secret', '/etc/passwd', '', `${id}/../../secret`, id.toUpperCase(), '$ne']) {
      expect(await opened.store.get(bad)).toBeUndefined();
      await opened.store.delete(bad);
      await expect(opened.store.put(bad, files)).rejects.toThrow(TypeError);
    }
    await opened.store.delete('f'.repeat(24));
    expect(await opened.store.get(id)).toEqual(files);
  });
});
