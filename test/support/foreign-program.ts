import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A child process in Python's standard library that prints its URL first. It keeps no data when it stops. */
export class ForeignProgram {
  private constructor(
    readonly url: string,
    /** What it asks its callers for. */
    readonly key: string,
    private readonly child: ChildProcess,
  ) {}

  /** `keyVariable`: where it finds its key. */
  static async start(file: string, keyVariable: string, key: string): Promise<ForeignProgram> {
    const child = spawn('python3', [file, '0'], {
      env: { PATH: process.env['PATH'], [keyVariable]: key },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = (await once(createInterface(child.stdout!), 'line')) as [string];
    return new ForeignProgram(url, key, child);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}
