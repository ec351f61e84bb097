import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDocuments } from '@datakeep/documents';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adoptSourceFiles } from './adopt-source-files.ts';
import { DocumentSourceStore } from './document-source-store.ts';

describe('source code that a former release kept in files', () => {
  const [one, other] = ['0123456789abcdef01234567', 'fedcba987654321001234567'];
  const files = [
    { path: 'main.js', content: 'module.exports = () => "ß";' },
    { path: 'lib/a.js', content: '' },
  ];
  let directory: string;
  let documents: SqliteDocuments;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'datakeep-sources-'));
    documents = SqliteDocuments.open({ file: join(directory, 'documents.sqlite'), synchronous: 'normal' });
    await mkdir(join(directory, 'source-code'));
    for (const id of [one, other])
      await writeFile(join(directory, 'source-code', `${id}.json`), JSON.stringify({ files }));
  });
  afterEach(async () => {
    await documents.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('is among the records after the start, also where an earlier one was killed half-way', async () => {
    const store = new DocumentSourceStore(documents);
    await store.put(one, files);
    await adoptSourceFiles(documents, directory);
    for (const id of [one, other]) expect(await store.get(id)).toEqual(files);
    expect(existsSync(join(directory, 'source-code'))).toBe(false);
    await adoptSourceFiles(documents, directory);
  });

  it('leaves out what was not written whole', async () => {
    await writeFile(join(directory, 'source-code', `${'a'.repeat(24)}.json.part`), '{"files":[{"pa');
    await adoptSourceFiles(documents, directory);
    expect(await new DocumentSourceStore(documents).get('a'.repeat(24))).toBeUndefined();
    expect(existsSync(join(directory, 'source-code'))).toBe(false);
  });
});
