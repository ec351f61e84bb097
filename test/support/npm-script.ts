/**
 * An npm script as a person starts it in a terminal: `npm start`, `npm run start:distributed`. In a separate
 * environment, and ended by Ctrl-C, which signals the whole process group. Runs in plain Node: erasable TypeScript, no
 * aliases.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { compileCache } from './compile-cache.ts';

const repository = resolve(import.meta.dirname, '../..');

export interface NpmScriptOptions {
  /** Beside PATH, and HOME, which is not there. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What follows `--`. */
  readonly arguments?: readonly string[];
  /** Where package.json lies; default: this repository. */
  readonly folder?: string;
  readonly onLine?: (line: string) => void;
}

export class NpmScript {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = '';

  constructor(name: string, options: NpmScriptOptions = {}) {
    this.#name = name;
    const rest = options.arguments === undefined ? [] : ['--', ...options.arguments];
    this.#child = spawn('npm', [...(name === 'start' ? ['start'] : ['run', name]), ...rest], {
      cwd: options.folder ?? repository,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...compileCache, ...options.env },
      detached: true,
    });
    for (const input of [this.#child.stdout!, this.#child.stderr!])
      createInterface({ input }).on('line', (line) => {
        this.#output += `${line}\n`;
        options.onLine?.(line);
      });
    // `exit` is npm's own, which does not wait for what it started.
    this.#closed = once(this.#child, 'close');
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Everything that was printed so far. */
  get output(): string {
    return this.#output;
  }

  /** The lines of the log. */
  get logged(): Readonly<Record<string, unknown>>[] {
    return this.#output
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Resolves with the exit code once everything has ended; null where a signal ended npm. */
  async ended(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  /**
   * Resolves once `/health/ready` of each address answers 200. Throws with the output where the script ends before, or
   * takes too long.
   */
  async ready(urls: readonly string[], patienceMs = 90_000): Promise<void> {
    const giveUpAt = performance.now() + patienceMs;
    for (const url of urls)
      while (!(await isReady(url))) {
        if (this.#hasEnded || performance.now() > giveUpAt)
          throw new Error(
            `npm run ${this.#name} ${this.#hasEnded ? 'ended' : 'is not ready'}:\n${this.#output.slice(-3000)}`,
          );
        await delay(50);
      }
  }

  /** Ctrl-C, or that signal to npm and all that shares its group; resolves once everything has ended. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    if (!this.#hasEnded && this.#child.pid !== undefined) process.kill(-this.#child.pid, signal);
    await this.#closed;
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`)).status === 200;
  } catch {
    return false; // not listening
  }
}
