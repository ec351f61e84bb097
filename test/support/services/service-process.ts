import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { freePorts } from '../free-ports.ts';

/** A real server on a free loopback port, with its data in a temporary folder. */
export interface Service {
  readonly uri: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Ends it (SIGTERM, after 5 s SIGKILL) and removes its data. */
  stop(): Promise<void>;
  /** SIGKILL; its data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after SIGTERM if it runs, and waits until it answers. */
  restart(): Promise<void>;
}

export interface ServiceRecipe {
  readonly name: string;
  readonly command: (port: number, folder: string) => { readonly file: string; readonly args: readonly string[] };
  readonly uri: (port: number) => string;
  /** Resolves if the server answers, and rejects if it does not. */
  readonly ask: (port: number) => Promise<void>;
}

/** For a machine under load; all three answer within 3 s on an idle one. */
const startLimitMs = 60_000;
const termLimitMs = 5000;

/** Has the child killed and its data removed when this process ends, in whatever way: then the guard's input ends. */
function guard(child: ChildProcess, folder: string): void {
  if (child.pid === undefined) return;
  const script = 'trap "" INT TERM HUP; read -r _; kill -9 "$0"; rm -rf "$1"';
  const watcher = spawn('sh', ['-c', script, String(child.pid), folder], { stdio: ['pipe', 'ignore', 'ignore'] });
  watcher.unref();
  child.once('exit', () => {
    watcher.kill('SIGKILL');
    watcher.stdin.destroy();
  });
}

/** Starts the process and waits until it answers. Rejects, with what it wrote last, if it ends before. */
async function launch(recipe: ServiceRecipe, port: number, folder: string): Promise<ChildProcess> {
  const { file, args } = recipe.command(port, folder);
  const child = spawn(file, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2000)));
  guard(child, folder);
  let failed: NodeJS.ErrnoException | undefined;
  child.once('error', (error) => (failed = error));
  const giveUpAt = Date.now() + startLimitMs;
  for (;;) {
    if (failed || child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        failed?.code === 'ENOENT'
          ? `${file} is not installed`
          : `${recipe.name} did not start: ${failed?.message ?? output}`,
      );
    }
    try {
      await recipe.ask(port);
      return child;
    } catch (error) {
      if (Date.now() > giveUpAt) {
        child.kill('SIGKILL');
        throw new Error(`${recipe.name} gave no answer in ${startLimitMs} ms: ${output}`, { cause: error });
      }
      await wait(20);
    }
  }
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), termLimitMs);
  await exited;
  clearTimeout(timer);
}

export async function startService(recipe: ServiceRecipe): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), `datakeep-${recipe.name}-`));
  // Its clients go on connecting while it is killed: of a port that the system gives out, one would take it, or be
  // connected to itself.
  const [port] = (await freePorts(1)) as [number];
  let child: ChildProcess;
  try {
    child = await launch(recipe, port, folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    uri: recipe.uri(port),
    get pid() {
      return child.pid ?? 0;
    },
    stop: async () => {
      await end(child, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
    kill: () => end(child, 'SIGKILL'),
    restart: async () => {
      await end(child, 'SIGTERM');
      child = await launch(recipe, port, folder);
    },
  };
}
