import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ClientFailure, type DrivenClient, type FailureReport } from './client-driver.ts';

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: FailureReport;
}

/** A program that reads `{ id, name, args }` a line and answers `{ id, value }` or `{ id, error }`, in any order. */
export function drivenProgram(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): DrivenClient {
  const program = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  createInterface({ input: program.stdout }).on('line', (line) => {
    const { id, value, error } = JSON.parse(line) as Reply;
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new ClientFailure(error));
  });
  const ended = once(program, 'close');
  program.once('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the driven program has ended'));
    waiting.clear();
  });
  program.stdin.on('error', () => undefined);
  return {
    call: (name, given) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve: (value) => resolve(value as never), reject });
        program.stdin.write(`${JSON.stringify({ id: last, name, args: given })}\n`);
      }),
    kill: () => void program.kill('SIGKILL'),
    end: async () => {
      program.stdin.end();
      await ended;
    },
  };
}
