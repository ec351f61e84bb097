import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonGenerator } from '../support/openapi/python-generator.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const documents = join(repository, 'docs/openapi');
const names = ['app', 'admin', 'storage', 'execution'];
const program = (name: string): string => join(repository, 'node_modules/.bin', name);
const python = await pythonGenerator('clients of the OpenAPI documents in Python');

/** What a program prints, on either stream; rejects where it fails. */
async function printedBy(file: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(file, args, { cwd: repository });
  return stdout + stderr;
}

describe('clients made from the OpenAPI documents', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'datakeep-clients-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('by @hey-api/openapi-ts come without a warning and compile strictly', async () => {
    for (const name of names) {
      const printed = await printedBy(program('openapi-ts'), [
        '--no-log-file',
        '-i',
        join(documents, `${name}.json`),
        '-o',
        join(folder, 'typescript', name),
      ]);
      expect(printed, name).not.toMatch(/warn|error|duplicate/i);
      expect(readdirSync(join(folder, 'typescript', name))).toContain('sdk.gen.ts');
    }
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'ES2023',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      module: 'preserve',
      types: [],
    };
    const project = join(folder, 'typescript/tsconfig.json');
    writeFileSync(project, JSON.stringify({ compilerOptions, include: ['**/*'] }));
    expect(await printedBy(program('tsc'), ['-p', project])).toBe('');
  });

  it.runIf(python)(
    'by openapi-python-client come without a warning and compile',
    async () => {
      for (const name of names) {
        const printed = await printedBy(python!, [
          'generate',
          '--path',
          join(documents, `${name}.json`),
          '--output-path',
          join(folder, 'python', name),
          '--meta',
          'none',
          '--config',
          join(documents, 'python-client.yaml'),
          '--fail-on-warning',
        ]);
        expect(printed, name).not.toMatch(/warn|error/i);
      }
      expect(await printedBy('python3', ['-m', 'compileall', '-q', join(folder, 'python')])).toBe('');
    },
    120_000,
  );
});
