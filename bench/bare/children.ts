import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Warm bare children; each works on one task at a time, as the keep's view processes do. */
export class BareChildren {
  readonly #idle: ChildProcess[] = [];
  readonly #waiting: ((child: ChildProcess) => void)[] = [];
  readonly #all: readonly ChildProcess[];
  #tasks = 0;

  constructor(count: number) {
    const file = fileURLToPath(new URL('./child.ts', import.meta.url));
    this.#all = Array.from({ length: count }, () => fork(file, { execArgv: [] }));
    this.#idle.push(...this.#all);
  }

  async run(events: unknown): Promise<number> {
    const child = this.#idle.pop() ?? (await new Promise<ChildProcess>((resolve) => this.#waiting.push(resolve)));
    this.#tasks += 1;
    const result = await new Promise<number>((resolve, reject) => {
      child.once('message', (answer: { result: number }) => resolve(answer.result));
      child.send({ id: this.#tasks, events }, (error) => error && reject(error));
    });
    const next = this.#waiting.shift();
    if (next) next(child);
    else this.#idle.push(child);
    return result;
  }

  close(): void {
    for (const child of this.#all) child.kill();
  }
}
