import { createRequire } from 'node:module';
import { expect, it } from 'vitest';

/** Files of the driver that this process has loaded. */
const loaded = (): number =>
  Object.keys(createRequire('/').cache).filter((file) => /node_modules.(@nestjs.)?mongo/.test(file)).length;

it('a keep on SQLite does not load the driver of MongoDB; one on MongoDB does when it opens it', async () => {
  const { openMongoStorage, openSqliteStorage } = await import('@datakeep/storage');
  const { openMongoDocuments, SqliteDocuments } = await import('@datakeep/documents');
  const { createLogger } = await import('@datakeep/kernel');
  expect([openSqliteStorage, SqliteDocuments, openMongoDocuments]).not.toContain(undefined);
  expect(loaded()).toBe(0);
  await expect(openMongoStorage({ uri: 'mongodb:' }, { logger: createLogger('silent') })).rejects.toMatchObject({
    code: 'storage-unreachable',
  });
  expect(loaded()).toBeGreaterThan(0);
});
