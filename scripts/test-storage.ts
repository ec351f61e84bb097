/**
 * `npm run test:storage -- --url http://… --key …` tries any program that answers /storage/v1 with the suite for
 * storages (docs/storage.md). `--only` runs the tests whose names it matches. Exits with 1 where a test fails, with 2
 * where the storage cannot be reached.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const usage = 'npm run test:storage -- --url http://host:port --key KEY [--only "part of a test\'s name"]';
const { values } = parseArgs({
  options: { url: { type: 'string' }, key: { type: 'string' }, only: { type: 'string' } },
});
const { url, key, only } = values;
if (url === undefined || key === undefined || !URL.canParse(url)) {
  console.error(`Say where the storage is and what its key is:\n  ${usage}`);
  process.exit(2);
}

const address = { url: url.replace(/\/+$/, ''), key };
try {
  const { status } = await fetch(`${address.url}/storage/v1/health`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (status !== 200) throw new Error(`its status is ${status}`);
} catch (error) {
  console.error(`GET ${address.url}/storage/v1/health does not answer 200: ${String(error)}`);
  process.exit(2);
}

const vitest = await startVitest(
  'test',
  [],
  {
    root: fileURLToPath(new URL('..', import.meta.url)),
    config: false,
    watch: false,
    include: ['test/storage-suite/*.suite.ts'],
    provide: { storageAddress: address },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    ...(only === undefined ? {} : { testNamePattern: only }),
  },
  { resolve: { tsconfigPaths: true } },
);
await vitest.close();
