/** `datakeep` of the last build, as a person runs it. Runs in plain Node: erasable TypeScript, no aliases. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startFlags } from '../../libs/service-host/src/prepare-node.ts';
import { lastBuild } from '../../scripts/build.ts';
import { compileCache } from './compile-cache.ts';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: Buffer;
  /** Both streams as text. */
  readonly output: string;
}

export const backupPassphrase = 'a passphrase of tests';

/** For processes whose backups need not take as long as those of users. */
export const quickScrypt: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import=${new URL('./quick-scrypt.mjs', import.meta.url).href}`,
};

/**
 * The passphrase comes from the environment, unless `env` says otherwise. `input`: what comes on standard input. Has
 * `quickScrypt`, which NODE_OPTIONS in `env` takes the place of; and Node's flags, so that it need not start anew with
 * them.
 */
export function datakeep(
  dataDir: string,
  given: readonly string[],
  env: Readonly<Record<string, string>> = { DATAKEEP_PASSPHRASE: backupPassphrase },
  input?: string,
): Promise<Outcome> {
  const program = [...startFlags, join(lastBuild(), 'apps/cli/src/main.js')];
  return outcomeOf(process.execPath, [...program, ...given], dataDir, { ...quickScrypt, ...env }, input);
}

/** Any program, to its end. */
export async function outcomeOf(
  program: string,
  given: readonly string[],
  dataDir: string,
  env: Readonly<Record<string, string>>,
  input?: string,
): Promise<Outcome> {
  const child = spawn(program, given, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...compileCache, DATA_DIR: dataDir, ...env },
  });
  // A program may end before it has read all of it.
  child.stdin.on('error', () => undefined).end(input);
  const stdout: Buffer[] = [];
  const both: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    both.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => both.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout: Buffer.concat(stdout), output: Buffer.concat(both).toString('utf8') };
}
