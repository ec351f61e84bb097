/**
 * A new keep: the built server (`npm run build` first) as a child process on a free port, in a fresh folder. Runs in
 * plain Node: erasable TypeScript, no aliases.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startFlags, startVariables } from '../../libs/service-host/src/prepare-node.ts';
import { lastBuild } from '../../scripts/build.ts';
import { compileCache } from './compile-cache.ts';

export interface StartOptions {
  /** Where the data lies; default: a new folder under the system's temporary one, removed by `dispose`. */
  readonly dataDir?: string;
  /** Variables beside the ones that a start needs; they win. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long the start may take, in ms; default 90,000. */
  readonly patienceMs?: number;
}

/**
 * For a keep that runs no view: the attacks that prove its isolation take a second of a processor. The address has no
 * port, since `untilReady` takes the first one with a port for the keep's.
 */
export const withoutViews: Readonly<Record<string, string>> = { RUNTIMES: 'none=http://127.0.0.1' };

export class KeepProcess {
  readonly url: string;
  readonly adminName: string;
  readonly adminPassword: string;
  readonly dataDir: string;
  /** From the spawn to the first 200 of /health/ready, in ms. */
  readonly readyMs: number;
  readonly #child: ChildProcess;
  readonly #output: string[];
  readonly #ownFolder: boolean;

  private constructor(
    child: ChildProcess,
    output: string[],
    facts: { url: string; password: string; dataDir: string; readyMs: number; own: boolean },
  ) {
    this.#child = child;
    this.#output = output;
    this.#ownFolder = facts.own;
    this.url = facts.url;
    this.adminName = 'admin';
    this.adminPassword = facts.password;
    this.dataDir = facts.dataDir;
    this.readyMs = facts.readyMs;
  }

  /** Starts a keep and resolves when it is ready. Throws with its output when it ends or stays silent. */
  static async start(options: StartOptions = {}): Promise<KeepProcess> {
    const own = options.dataDir === undefined;
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'datakeep-'));
    const password = options.env?.['ADMIN_PASSWORD'] ?? randomBytes(18).toString('base64url');
    const patienceMs = options.patienceMs ?? 90_000;
    const begun = performance.now();
    // As scripts/start.ts does.
    const child = spawn(process.execPath, [...startFlags, join(lastBuild(), 'apps/standalone/src/main.js')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...startVariables,
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        ...compileCache,
        PORT: '0',
        DATA_DIR: dataDir,
        ADMIN_PASSWORD: password,
        RATE_LIMITS: 'off',
        APP_LIMITS: 'runs-per-day=999999999999,rows-per-minute=999999999999',
        LOG_LEVEL: 'warn',
        ...options.env,
      },
    });
    const output: string[] = [];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => output.push(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => output.push(text));
    try {
      const url = await untilReady(child, output, begun + patienceMs);
      return new KeepProcess(child, output, { url, password, dataDir, readyMs: performance.now() - begun, own });
    } catch (error) {
      child.kill('SIGKILL');
      if (own) rmSync(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything it printed so far. */
  get output(): string {
    return this.#output.join('');
  }

  /**
   * Signals it to stop and resolves with its exit code (null if a signal ended it). At SIGTERM it waits 2 s for a
   * balancer to notice, at SIGINT it does not.
   */
  stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGINT'): Promise<number | null> {
    return this.#end(signal);
  }

  /** Ends it at once (SIGKILL), as a power cut would. */
  kill(): Promise<number | null> {
    return this.#end('SIGKILL');
  }

  /** Ends it and removes the folder that it made. */
  async dispose(): Promise<void> {
    await this.stop();
    if (this.#ownFolder) rmSync(this.dataDir, { recursive: true, force: true });
  }

  async #end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      this.#child.kill(signal);
      await exit;
    }
    return this.#child.exitCode;
  }
}

/** The address that it printed, once /health/ready answers 200 there. */
async function untilReady(child: ChildProcess, output: string[], deadline: number): Promise<string> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`The keep ended at its start (${child.exitCode ?? child.signalCode}):\n${output.join('')}`);
    if (performance.now() > deadline) throw new Error(`The keep is not ready:\n${output.join('')}`);
    const url = /https?:\/\/[^\s/"']+:\d+/.exec(output.join(''))?.[0];
    if (url !== undefined && (await isReady(url))) return url;
    await delay(5);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`)).status === 200;
  } catch {
    return false; // not listening yet
  }
}
