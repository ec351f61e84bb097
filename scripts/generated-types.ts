/**
 * Writes what clients of the keep are compiled against: for the Control Centre the types of the admin API and the
 * remedy of each error, for clients/typescript and clients/python the types of the app API and the codes of errors.
 * From docs/openapi and the error catalogue. For clients/python also its modules for threads, from those for asyncio.
 * With `--check` it fails where they differ from it.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import { problems } from '../libs/kernel/src/index.ts';
import { pythonCodes, pythonPackage, pythonTypes, synchronousModules } from './python-client.ts';

const root = join(import.meta.dirname, '..');
const page = 'apps/control-centre/src/api/generated';
const client = 'clients/typescript/src/generated';
const writtenBy = '// Written by scripts/generated-types.ts from the error catalogue.\n';

async function typesOf(document: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-types-'));
  try {
    await createClient({
      input: join(root, 'docs/openapi', document),
      output: folder,
      plugins: ['@hey-api/typescript'],
      logs: { level: 'silent' },
    });
    return readFileSync(join(folder, 'types.gen.ts'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const remedies = Object.fromEntries(Object.entries(problems).map(([code, { remedy }]) => [code, remedy]));
const codes = Object.keys(problems).toSorted();
const remediesText = `Readonly<Record<string, string>> = ${JSON.stringify(remedies, undefined, 2)}`;
const codesText = codes.map((code) => `\n  | '${code}'`).join('');
const files = {
  [`${page}/types.gen.ts`]: await typesOf('admin.json'),
  [`${page}/remedies.gen.ts`]: `${writtenBy}export const remedies: ${remediesText};\n`,
  [`${client}/types.gen.ts`]: await typesOf('app.json'),
  [`${client}/problem-codes.gen.ts`]: `${writtenBy}export type ProblemCode =${codesText};\n`,
  [`${pythonPackage}/_types.py`]: pythonTypes(JSON.parse(readFileSync(join(root, 'docs/openapi/app.json'), 'utf8'))),
  [`${pythonPackage}/_codes.py`]: pythonCodes(codes),
  ...synchronousModules(root),
};
for (const [path, text] of Object.entries(files)) {
  if (!process.argv.includes('--check')) writeFileSync(join(root, path), text);
  else if (!existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text) {
    console.error(`${path} is not as the code has it: run \`npm run openapi\` and commit it.`);
    process.exitCode = 1;
  }
}
