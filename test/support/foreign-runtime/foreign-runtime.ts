import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const key = 'e'.repeat(43);

/** The execution service in Python's standard library, as a process of its own. It forgets everything when it stops. */
export class ForeignRuntime {
  readonly key = key;

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<ForeignRuntime> {
    const child = spawn('python3', [join(import.meta.dirname, 'runtime.py'), '0'], {
      env: { PATH: process.env['PATH'], EXECUTION_KEY: key },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = (await once(createInterface(child.stdout!), 'line')) as [string];
    return new ForeignRuntime(url, child);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}
