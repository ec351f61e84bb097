import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startFlags } from './prepare-node.ts';

const module = fileURLToPath(new URL('./prepare-node.ts', import.meta.url));

async function evaluate(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code]);
  return stdout.trim();
}

/** The flags that a program of this text has, started with the flags given. */
async function flagsOf(given: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-flags-'));
  const program = join(folder, 'program.mjs');
  writeFileSync(
    program,
    `const { prepareNode } = await import('${module}'); prepareNode(process.version); ` +
      `console.log(JSON.stringify([process.execArgv, process.argv.slice(2), process.pid]));`,
  );
  const started = execFile(process.execPath, [...given, program, 'argument']);
  const [flags, rest, pid] = JSON.parse(await text(started.stdout!)) as [string[], string[], number];
  rmSync(folder, { recursive: true });
  expect(rest).toEqual(['argument']);
  // The same process, so that its supervisor continues to watch it.
  expect(pid).toBe(started.pid);
  return flags;
}

describe('a process that was prepared', () => {
  it('has the flags of every process of the keep, however it was started', async () => {
    expect(await flagsOf([])).toEqual(startFlags);
    expect(await flagsOf(startFlags)).toEqual(startFlags);
  });

  it('leaves the value of a flag that was given', async () => {
    const flags = await flagsOf(['--max-old-space-size=1024', '--no-warnings']);
    expect(flags).toContain('--max-old-space-size=1024');
    expect(flags).toHaveLength(startFlags.length + 1);
  });

  it('ends with one line where Node is too old', async () => {
    const code = `const { prepareNode } = await import('${module}'); prepareNode('v20.19.0'); console.log('went on');`;
    await expect(evaluate(code)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Datakeep needs Node 26; this is v20\.19\.0\. [^\n]*\n$/),
    });
  });
});
