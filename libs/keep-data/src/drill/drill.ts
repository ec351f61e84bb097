import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { BackupError, type OnProgress } from '@datakeep/backup';
import type { Clock, Timer } from '@datakeep/kernel';
import { startFlags } from '@datakeep/service-host';
import type { DrillJob, DrillResult, FromDrill } from './drill-messages.ts';

/** From the restored files to the answer of the keep, ms. A keep starts within seconds, whatever it holds. */
const startLimitMs = 300_000;

/** A backup that is restored in a folder, with a keep that is started on it, in a child process. */
export class Drill {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #clock: Clock;
  #limit: Timer | undefined;
  #isLate = false;

  /** `program`: of the child, which reads a job and says lines; it starts an embedded keep. */
  constructor(job: DrillJob, program: URL, clock: Clock) {
    this.#clock = clock;
    const args = [...startFlags, fileURLToPath(program)];
    // Without the environment of this process, which has its passphrase and its keys.
    this.#child = spawn(process.execPath, args, { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
    // Where the child ends before it reads, its exit says so.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdin.write(`${JSON.stringify(job)}\n`);
  }

  /** Resolves once the child has ended. Throws `BackupError`. */
  async result(onProgress: OnProgress): Promise<DrillResult> {
    const ended = once(this.#child, 'close');
    let last: DrillResult | { readonly reason: string } = { reason: 'Its process ended before it had an answer.' };
    try {
      for await (const line of createInterface({ input: this.#child.stdout })) {
        const message = JSON.parse(line) as FromDrill;
        if (message.kind === 'progress') onProgress(message.progress);
        else if (message.kind === 'restored') this.#limit = this.#clock.setTimer(startLimitMs, () => this.#giveUp());
        else {
          last = message.kind === 'result' ? message.result : message;
          // The child ends at the end of its input.
          this.#child.stdin.end();
        }
      }
      await ended;
    } finally {
      this.#limit?.cancel();
    }
    if (this.#isLate) throw new BackupError(`The restored keep did not start within ${startLimitMs / 1000} s.`);
    if ('reason' in last) throw new BackupError(last.reason);
    return last;
  }

  /** Ends it at once, and resolves when its process is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  #giveUp(): void {
    this.#isLate = true;
    this.#child.kill('SIGKILL');
  }
}
