import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const key = 'f'.repeat(43);

/** The storage in Python's standard library, as a process of its own. It forgets everything when it stops. */
export class ForeignStorage {
  readonly key = key;

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<ForeignStorage> {
    const child = spawn('python3', [join(import.meta.dirname, 'storage.py'), '0'], {
      env: { PATH: process.env['PATH'], STORAGE_KEY: key },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = (await once(createInterface(child.stdout!), 'line')) as [string];
    return new ForeignStorage(url, child);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}
