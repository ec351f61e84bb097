/**
 * Writes what the Control Centre is compiled against: the types of the admin API from docs/openapi/admin.json, and the
 * remedy of each error from the catalogue. With `--check` it fails where they differ from it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import { problems } from '../libs/kernel/src/index.ts';

const root = join(import.meta.dirname, '..');
const generated = 'apps/control-centre/src/api/generated';
const folder = mkdtempSync(join(tmpdir(), 'datakeep-types-'));
try {
  await createClient({
    input: join(root, 'docs/openapi/admin.json'),
    output: folder,
    plugins: ['@hey-api/typescript'],
    logs: { level: 'silent' },
  });
  const remedies = Object.fromEntries(Object.entries(problems).map(([code, { remedy }]) => [code, remedy]));
  const files = {
    'types.gen.ts': readFileSync(join(folder, 'types.gen.ts'), 'utf8'),
    'remedies.gen.ts':
      '// Written by scripts/page-types.ts from the error catalogue.\n' +
      `export const remedies: Readonly<Record<string, string>> = ${JSON.stringify(remedies, undefined, 2)};\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, generated, name);
    if (!process.argv.includes('--check')) writeFileSync(path, text);
    else if (readFileSync(path, 'utf8') !== text) {
      console.error(`${generated}/${name} is not as the code has it: run \`npm run openapi\` and commit it.`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
