/**
 * Writes the types of the admin API, which the Control Centre is compiled against, from docs/openapi/admin.json. With
 * `--check` it fails where they differ from it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';

const root = join(import.meta.dirname, '..');
const path = 'apps/control-centre/src/api/generated/types.gen.ts';
const folder = mkdtempSync(join(tmpdir(), 'datakeep-types-'));
try {
  await createClient({
    input: join(root, 'docs/openapi/admin.json'),
    output: folder,
    plugins: ['@hey-api/typescript'],
    logs: { level: 'silent' },
  });
  const text = readFileSync(join(folder, 'types.gen.ts'), 'utf8');
  const stored = readFileSync(join(root, path), 'utf8');
  if (!process.argv.includes('--check')) writeFileSync(join(root, path), text);
  else if (stored !== text) {
    console.error(`${path} differs from docs/openapi/admin.json: run \`npm run openapi\` and commit it.`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
