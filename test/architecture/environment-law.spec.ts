import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/**
 * Each way to the environment, in a file outside libs/kernel/src/config. (The import law covers `import … from
 * 'node:process'`.)
 */
const ways: Readonly<Record<string, string>> = {
  'libs/auth/src/member.ts': 'export const name = process.env.NAME;\n',
  'libs/auth/src/index-access.ts': "export const name = process.env['NAME'];\n",
  'libs/auth/src/quoted.ts': "export const environment = process['env'];\n",
  'apps/gateway/src/taken-apart.ts': 'export const { env } = process;\n',
  'apps/gateway/src/global.ts': 'export const name = globalThis.process.env.NAME;\n',
};
const home = 'libs/kernel/src/config/config.ts';

describe('the environment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-environment-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let complaints: { filename: string; code: string }[] = [];

  beforeAll(() => {
    for (const [path, text] of Object.entries({ ...ways, [home]: 'export const name = process.env.NAME;\n' })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    cpSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    const run = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format', 'json'], {
      cwd: folder,
      encoding: 'utf8',
    });
    complaints = (JSON.parse(run.stdout) as { diagnostics: typeof complaints }).diagnostics;
  });

  it.each(Object.keys(ways))('is out of reach in %s', (path) => {
    const codes = complaints.filter((complaint) => complaint.filename === path).map((complaint) => complaint.code);
    expect(codes.some((code) => /no-process-env|no-restricted-properties/.test(code))).toBe(true);
  });

  it('is read in libs/kernel/src/config', () => {
    expect(complaints.filter((complaint) => complaint.filename === home)).toEqual([]);
  });
});
