import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, on, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** One line of a worker process: `begun`, `done`, `aborted` or `told`, of which job, and the attempt or reason. */
export interface Saying {
  readonly what: string;
  readonly id: string;
  readonly about: string;
  readonly pid: number;
  readonly at: number;
}

/** Worker processes on one queue, and all that they said. */
export class WorkerProcesses {
  readonly sayings: Saying[] = [];
  readonly #args: readonly string[];
  readonly #children = new Set<ChildProcess>();
  readonly #news = new EventEmitter();

  constructor(redisUrl: string, prefix: string, concurrency: number) {
    this.#args = [redisUrl, prefix, String(concurrency)];
  }

  /** Starts one more whose jobs take `jobMs` each, and resolves when it takes jobs. */
  async start(jobMs: number): Promise<ChildProcess> {
    const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    const child = spawn(
      process.execPath,
      [
        '--import',
        here('./document-store.imports.ts'),
        here('./run-queue.bullmq.child.ts'),
        ...this.#args,
        String(jobMs),
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    const lines = createInterface({ input: child.stdout });
    const ready = once(lines, 'line');
    lines.on('line', (line) => {
      const [what = '', id = '', about = ''] = line.split(' ');
      this.sayings.push({ what, id, about, pid: child.pid ?? 0, at: performance.now() });
      this.#news.emit('said');
    });
    await ready;
    return child;
  }

  of(what: string): readonly Saying[] {
    return this.sayings.filter((saying) => saying.what === what);
  }

  /** Resolves when the sayings are so, looked at after each. */
  async until(isSo: () => boolean): Promise<void> {
    if (isSo()) return;
    for await (const _ of on(this.#news, 'said')) if (isSo()) return;
  }

  /** Kills one outright, and resolves when it is gone. */
  async kill(child: ChildProcess): Promise<void> {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.kill(child)));
  }
}
