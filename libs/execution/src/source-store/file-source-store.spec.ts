import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSourceStore } from './file-source-store.ts';

describe('The source store on files', () => {
  const id = '0123456789abcdef01234567';
  const files = [
    { path: 'main.js', content: 'module.exports = () => "ß";' },
    { path: 'lib/a.js', content: '' },
  ];
  let directory: string;

  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'datakeep-sources-')), 'source-code');
  });
  afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

  it('lets nobody else read', async () => {
    const store = await FileSourceStore.open(directory);
    await store.put(id, files);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, `${id}.json`))).mode & 0o777).toBe(0o600);
  });

  it('clears what a crash left half written, and never shows it', async () => {
    const store = await FileSourceStore.open(directory);
    await writeFile(join(directory, `${id}.json.part`), '{"files":[{"pa');
    expect(await store.get(id)).toBeUndefined();
    await FileSourceStore.open(directory);
    expect(await readdir(directory)).toEqual([]);
  });

  it('follows no path in an id', async () => {
    const store = await FileSourceStore.open(directory);
    await writeFile(join(directory, '..', 'secret.json'), '{"files":["canary"]}');
    for (const bad of ['../secret', '/etc/passwd', '', `${id}/../../secret`, id.toUpperCase()]) {
      expect(await store.get(bad)).toBeUndefined();
      await store.delete(bad);
      await expect(store.put(bad, files)).rejects.toThrow(TypeError);
    }
    expect(await readdir(join(directory, '..'))).toContain('secret.json');
  });
});
