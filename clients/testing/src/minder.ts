/**
 * Runs one keep for the process that started this one: `minder NODE ARGUMENT…`. When that process closes the standard
 * input, or dies, the keep is ended and its folder removed. Has a process group of its own, so that neither a Ctrl-C at
 * the terminal nor a kill of the tests' group ends it before its work is done.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wholeEnvironment } from './environment.ts';

/** For an orderly end. What it would write is removed anyway. */
const patienceMs = 3000;

const [node, ...arguments_] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'datakeep-testing-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

const keep = spawn(node!, arguments_, {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...wholeEnvironment(), DATA_DIR: join(folder, 'data') },
});
keep.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
  process.stdin.destroy();
});
keep.once('exit', (code) => {
  process.exitCode = code ?? 1;
  process.stdin.destroy();
});

const end = (): void => {
  keep.kill('SIGINT');
  setTimeout(() => keep.kill('SIGKILL'), patienceMs).unref();
};
process.stdin.resume().once('close', end);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
