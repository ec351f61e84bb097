import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import type { Clock, Timer } from '@datakeep/kernel';
import { encodeFrame, FrameReader, frameKinds, FrameTooLarge } from '../frames/frames.ts';
import type { Launch } from '../jail/launcher.ts';
import { familyOf } from './process-figures.ts';

/** Why the supervisor killed a process; of a limit also how much it allows and what was used. */
export interface Kill {
  readonly code: string;
  readonly message: string;
  readonly limit?: number;
  readonly used?: number;
}

export interface Exit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly killed: Kill | undefined;
  /** The end of what it wrote to stderr; distinguishes a heap overflow from a crash, never shown to a caller. */
  readonly stderrTail: string;
}

/** The listener of a process at work. A process that sends anything without a listener is killed. */
export interface ProcessListener {
  /** Most bytes of a body of that kind; -1: no such frame may come now. */
  limitOf(kind: number): number;
  frame(kind: number, id: number, body: Buffer): void;
  output(stream: 'stdout' | 'stderr', chunk: Buffer): void;
  /** The process exited. Not a promise of the process: its reactions would pile up, run after run. */
  ended(exit: Exit): void;
}

const stderrTailBytes = 8192;
/** The group is dead then; a pipe that is still open has no writer we care for. */
const closeGraceMs = 250;

/** One view process: its channel, its output, its end. Knows nothing of runs. */
export class ViewProcess {
  readonly pid: number | undefined;
  /** The process of the runtime itself, once it is ready: bubblewrap has processes above it. */
  runtimePid = 0;
  /** Resolves when it sent `ready`; rejects when it ended or took longer than the start limit. */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  #exit: Exit | undefined;
  /** What it is bound to, from the first binding on and for ever. */
  key: string | undefined;
  boundAt = 0;
  runs = 0;
  cpuMs = 0;
  #alive = true;
  #killed: Kill | undefined;
  #listener: ProcessListener | undefined;
  #stderrTail = '';
  readonly #child: ChildProcess;
  readonly #channel: Socket;
  readonly #becameReady = Promise.withResolvers<void>();

  constructor(launch: Launch, startMs: number, clock: Clock) {
    this.#child = spawn(launch.file, launch.arguments, {
      env: launch.environment,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      ...launch.user,
    });
    this.pid = this.#child.pid;
    // A child that no file descriptor was left for has no streams; its error comes in the next turn.
    this.#channel = ((this.#child.stdio as ChildProcess['stdio'] | undefined)?.[3] ?? new Socket()) as Socket;
    this.ready = this.#becameReady.promise;
    // The caller that takes the process awaits `ready`; a spare that is not taken yet may fail alone.
    this.ready.catch(() => undefined);
    this.exited = this.#watchExit();
    const timer = clock.setTimer(startMs, () =>
      this.kill({ code: 'start-timed-out', message: `not ready within ${startMs} ms` }),
    );
    this.#listen(() => timer.cancel());
    void this.#failStart(timer);
  }

  async #failStart(timer: Timer): Promise<void> {
    const { killed } = await this.exited;
    timer.cancel();
    // The launcher reports what it could not set up in one line; the rest of its output describes the machine.
    const jail = /^datakeep-jail: (.{1,300})$/m.exec(this.#stderrTail)?.[1];
    this.#becameReady.reject(new Error(jail ?? killed?.message ?? 'the view process ended at its start'));
  }

  get alive(): boolean {
    return this.#alive && this.#killed === undefined;
  }

  /** Listens until the next call; `undefined` ends it. */
  attach(listener: ProcessListener | undefined): void {
    this.#listener = listener;
    if (this.#exit) listener?.ended(this.#exit);
  }

  send(kind: number, id: number, ...parts: (string | Uint8Array)[]): void {
    if (this.alive && this.#channel.writable) this.#channel.write(encodeFrame(kind, id, ...parts));
  }

  /** Stops reading the channel, so that the process waits; the pipe's buffer bounds what it can pile up. */
  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  /** SIGKILL to the whole process group. The first cause counts. Resolves with the end. */
  kill(cause: Kill): Promise<Exit> {
    if (this.alive) {
      this.#killed = cause;
      this.#killGroup();
    }
    return this.exited;
  }

  #killGroup(): void {
    if (this.pid === undefined) return;
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch (error) {
      // ESRCH: gone already. EPERM (macOS) for a group of zombies. Both are what was wanted.
      if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }

  #watchExit(): Promise<Exit> {
    return new Promise((resolve) => {
      const end = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
        if (this.#exit) return;
        this.#alive = false;
        this.#channel.destroy();
        this.#exit = { exitCode, signal, killed: this.#killed, stderrTail: this.#stderrTail };
        resolve(this.#exit);
        this.#listener?.ended(this.#exit);
      };
      this.#child.once('error', () => end(null, null));
      this.#child.once('exit', (exitCode, signal) => {
        this.#alive = false;
        this.#killGroup();
        const timer = setTimeout(() => end(exitCode, signal), closeGraceMs);
        this.#child.once('close', () => {
          clearTimeout(timer);
          end(exitCode, signal);
        });
      });
    });
  }

  #listen(started: () => void): void {
    const breach = (message: string): void => void this.kill({ code: 'view-crashed', message });
    let ready = false;
    const reader = new FrameReader(
      (kind) => (!ready && kind === frameKinds.ready ? 0 : (this.#listener?.limitOf(kind) ?? -1)),
      (kind, id, body) => {
        if (!this.alive) return;
        if (ready)
          return this.#listener ? this.#listener.frame(kind, id, body) : breach('The view process spoke out of turn.');
        ready = true;
        started();
        // No view code has run yet: the last of the line is the runtime.
        this.runtimePid = familyOf(this.pid!).at(-1)!;
        this.#becameReady.resolve();
      },
    );
    this.#channel.on('data', (chunk: Buffer) => {
      if (!this.alive) return;
      try {
        reader.push(chunk);
      } catch (error) {
        if (error instanceof FrameTooLarge && error.kind === frameKinds.result)
          void this.kill({
            code: 'view-result-too-large',
            message: `The result takes ${error.length} bytes or more.`,
            used: error.length,
          });
        else breach('The view process sent what it may not.');
      }
    });
    // No cause is set: a process that is ending closes its channel first, and its exit says more.
    this.#channel.on('error', () => this.#killGroup());
    this.#channel.on('end', () => this.#killGroup());
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream]?.on('data', (chunk: Buffer) => {
        if (stream === 'stderr')
          this.#stderrTail = (this.#stderrTail + chunk.toString('utf8', 0, stderrTailBytes)).slice(-stderrTailBytes);
        if (this.#listener) this.#listener.output(stream, chunk);
        else if (ready) breach('The view process spoke out of turn.');
      });
    }
  }
}
