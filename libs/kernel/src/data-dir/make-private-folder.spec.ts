import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateFolder } from './make-private-folder.ts';

describe('a folder', () => {
  let parent: string;
  beforeEach(() => void (parent = mkdtempSync(join(tmpdir(), 'datakeep-folder-'))));
  afterEach(() => rmSync(parent, { recursive: true }));

  it('is made with those above it, for this user alone, and may be there already', () => {
    const folder = join(parent, 'a', 'b');
    makePrivateFolder(folder);
    makePrivateFolder(folder);
    for (const made of [folder, join(parent, 'a')]) expect(statSync(made).mode & 0o777).toBe(0o700);
    makePrivateFolder('/');
  });

  it('is refused where a file is in its place or above it', () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')]) expect(() => makePrivateFolder(path)).toThrow(path);
  });

  it.runIf(process.platform === 'linux')('is refused where the folder above takes none', () => {
    expect(() => makePrivateFolder('/proc/datakeep/data')).toThrow("mkdir '/proc/datakeep'");
  });
});
