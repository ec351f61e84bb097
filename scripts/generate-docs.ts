/**
 * `npm run docs` writes the pages that are made from the code; `npm run drift` (with `--check`) fails when one of them differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { configurationPage, errorsPage } from './reference-pages.ts';

const pages = { 'docs/errors.md': errorsPage(), 'docs/configuration.md': configurationPage() };
const check = process.argv.includes('--check');

function stored(url: URL): string | undefined {
  try {
    return readFileSync(url, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

for (const [path, text] of Object.entries(pages)) {
  const url = new URL(`../${path}`, import.meta.url);
  if (stored(url) === text) continue;
  if (check) {
    console.error(`${path} differs from the code: run \`npm run docs\` and commit it.`);
    process.exitCode = 1;
  } else {
    writeFileSync(url, text);
    console.log(`${path} written`);
  }
}
if (check && process.exitCode === undefined) console.log(`${Object.keys(pages).join(', ')}: as the code says`);
