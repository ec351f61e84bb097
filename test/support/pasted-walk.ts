import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const repository = resolve(import.meta.dirname, '../..');
const address = 'http://127.0.0.1:8020';

/** The blocks of a page that are marked as its walk, to be pasted one after the other. */
export function walkOf(page: string): string {
  const blocks = readFileSync(resolve(repository, page), 'utf8').matchAll(/^```bash walk\n([^]*?)^```$/gm);
  const walk = [...blocks].map((match) => match[1]).join('\n');
  if (!walk.includes(`KEEP=${address}\n`)) throw new Error(`The walk of ${page} does not begin at ${address}`);
  return walk;
}

/**
 * Pastes the walk of a page into a shell in the folder of the page, with the address of a keep in place of the usual
 * one. Answers the JSON documents that it printed, and all of standard error.
 */
export async function pasteWalk(
  page: string,
  url: string,
  home: string,
): Promise<{ answers: unknown[]; errors: string }> {
  const shell = spawn('bash', ['-euo', 'pipefail'], {
    cwd: resolve(repository, dirname(page)),
    env: { PATH: process.env['PATH'], HOME: home },
  });
  shell.stdin.end(walkOf(page).replace(address, url));
  const [output, errors] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')]);
  const lines = output.split('\n').filter((line) => line !== '');
  return { answers: lines.map((line) => JSON.parse(line) as unknown), errors };
}
