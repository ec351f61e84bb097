import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inherited } from './environment.ts';
import type { KeepProgram } from './keep-program.ts';

/** Of what the keep printed, the last so many UTF-16 code units are held. */
const longestOutput = 64 * 1024;
/** The minder ends a keep within 3 s; its folder is small. */
const longestEndMs = 15_000;

/** A keep and its minder, which ends it when this process ends, in whatever way. */
export class KeepProcess {
  readonly #minder: ChildProcess;
  #output = '';
  #ended: Promise<void> | undefined;

  constructor({ node, main }: KeepProgram, env: Readonly<Record<string, string>>) {
    const file = `minder${extname(fileURLToPath(import.meta.url))}`;
    this.#minder = spawn(node, [fileURLToPath(new URL(file, import.meta.url)), node, main], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: { ...inherited(), ...env },
    });
    this.#minder.once('error', (error) => (this.#output += `${error.message}\n`));
    for (const stream of [this.#minder.stdout, this.#minder.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-longestOutput);
      });
    this.#minder.stdin?.on('error', () => undefined);
    // A test that forgets to stop the keep ends all the same, and the keep with it.
    this.#minder.unref();
    for (const stream of [this.#minder.stdin, this.#minder.stdout, this.#minder.stderr])
      if (stream instanceof Socket) stream.unref();
  }

  /** What it printed: the end of it, where that is long. */
  get output(): string {
    return this.#output;
  }

  /** Its URL, once it takes requests. */
  async ready(patienceMs: number): Promise<string> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      if (this.#hasEnded) throw new Error(`The keep ended at its start. It printed:\n${this.#output}`);
      const url = /^Datakeep serves at (\S+)$/m.exec(this.#output)?.[1];
      if (url !== undefined && (await isReady(url))) return url;
      if (performance.now() > deadline) {
        await this.stop();
        throw new Error(`The keep was not ready within ${patienceMs} ms. It printed:\n${this.#output}`);
      }
      await delay(5);
    }
  }

  /** Ends it and removes its folder. */
  stop(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  get #hasEnded(): boolean {
    const { exitCode, signalCode, pid } = this.#minder;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  async #end(): Promise<void> {
    if (this.#hasEnded) return;
    this.#minder.ref();
    const exit = once(this.#minder, 'exit', { signal: AbortSignal.timeout(longestEndMs) });
    this.#minder.stdin?.end();
    try {
      await exit;
    } catch (error) {
      this.#minder.kill('SIGKILL');
      throw new Error(`The keep did not end within ${longestEndMs} ms. It printed:\n${this.#output}`, { cause: error });
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false; // not listening yet
  }
}
