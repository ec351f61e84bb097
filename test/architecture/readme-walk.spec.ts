import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeepProcess } from '../support/keep-process.ts';

const root = resolve(import.meta.dirname, '../..');
const readme = readFileSync(resolve(root, 'README.md'), 'utf8');
const walk = [...readme.matchAll(/^```bash walk\n([^]*?)^```$/gm)].map((match) => match[1]).join('\n');
const address = 'http://127.0.0.1:8020';
const password = 'correct horse battery staple';

/** The walk needs curl, as it says; a machine without one prints this suite as skipped. */
const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe.skipIf(!hasCurl)('the walk in the README', () => {
  let keep: KeepProcess;
  beforeAll(async () => {
    keep = await KeepProcess.start({ env: { ADMIN_PASSWORD: password } });
  });
  afterAll(() => keep.dispose());

  it('starts the keep with the password that it signs in with', () => {
    expect(readme).toContain(`ADMIN_PASSWORD='${password}' npm start`);
    expect(walk).toContain(`KEEP=${address}\n`);
  });

  it('works when its lines are pasted', () => {
    const pasted = walk.replace(address, keep.url);
    const run = spawnSync('bash', ['-euo', 'pipefail'], {
      input: pasted,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: keep.dataDir },
    });
    expect(run.stderr).toBe('');
    const answers = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers).toMatchObject([
      { name: 'readme.example/walk' },
      { status: 403, code: 'forbidden' },
      { status: 'approved', granted: ['read', 'create'] },
      { accepted: 2, duplicates: 0 },
      { items: [{ payload: { place: 'hill', metres: 6100 } }], nextCursor: null },
      { status: 'approved', granted: ['read'] },
      { state: 'succeeded', result: 10_300 },
      { status: 'revoked', reason: 'Enough walked' },
      { status: 403, code: 'forbidden' },
      { state: 'succeeded', result: 10_300 },
    ]);
  });
});
