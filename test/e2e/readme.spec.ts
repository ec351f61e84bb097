import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { KeepProcess } from '../support/keep-process.ts';

it('the walk in the README works when its lines are pasted', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/```bash walk\n([^]*?)```/g)].map(([, lines]) => lines!);
  expect(blocks.length).toBeGreaterThan(3);
  const keep = await KeepProcess.start({ env: { ADMIN_PASSWORD: 'correct horse battery staple' } });
  try {
    const script = blocks.join('\n').replace('http://127.0.0.1:8020', keep.url);
    const { stdout, stderr } = await promisify(execFile)('bash', ['-eu', '-c', script], { timeout: 60_000 });
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { status?: unknown; accepted?: number; items?: unknown[]; state?: string; result?: unknown });
    expect(stderr).toBe('');
    expect(answers.map(({ status, accepted, items, state, result }) => result ?? state ?? items?.length ?? accepted ?? status)).toEqual([
      undefined,
      403,
      'approved',
      2,
      1,
      'approved',
      10_300,
      'revoked',
      403,
      10_300,
    ]);
  } finally {
    await keep.dispose();
  }
});
