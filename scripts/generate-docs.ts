/**
 * `npm run docs` writes the pages that are made from the code; `npm run drift` (with `--check`) fails when one of them
 * differs. `npm run openapi` writes those of docs/openapi alone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import { documentedSchemas } from './documented-schemas.ts';
import { configurationPage, errorsPage } from './reference-pages.ts';

const check = process.argv.includes('--check');

// The documents of docs/openapi are made with it.
for (const folder of ['apps/gateway/src/openapi', 'apps/storage/src/storage-api'])
  put(`${folder}/documented-schemas.json`, documentedSchemas(folder), 'npm run openapi');

// Controllers have decorators, which Node does not read: Vite compiles them.
const { module: openapi } = await runnerImport<typeof import('./openapi-pages.ts')>(
  fileURLToPath(new URL('openapi-pages.ts', import.meta.url)),
  { configFile: false, resolve: { tsconfigPaths: true }, logLevel: 'warn' },
);
const { module: profiles } = await runnerImport<typeof import('./profiles-page.ts')>(
  fileURLToPath(new URL('profiles-page.ts', import.meta.url)),
  { configFile: false, resolve: { tsconfigPaths: true }, logLevel: 'warn' },
);
const folder = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? 'docs/';
const pages = Object.entries({
  'docs/errors.md': errorsPage(),
  'docs/configuration.md': configurationPage(),
  'docs/profiles.md': profiles.profilesPage(),
  ...(await openapi.openapiPages()),
}).filter(([path]) => path.startsWith(folder));

function stored(url: URL): string | undefined {
  try {
    return readFileSync(url, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function put(path: string, text: string, script: string): void {
  const url = new URL(`../${path}`, import.meta.url);
  if (stored(url) === text) return;
  if (check) {
    console.error(`${path} differs from the code: run \`${script}\` and commit it.`);
    process.exitCode = 1;
  } else {
    writeFileSync(url, text);
    console.log(`${path} written`);
  }
}

for (const [path, text] of pages) put(path, text, 'npm run docs');
if (check && process.exitCode === undefined) console.log(`${pages.map(([path]) => path).join(', ')}: as the code says`);
