import { ProblemError, unreachable } from '../../api/problem.ts';
import type { Waiting } from '../../api/watched-fetch.ts';
import type { Calls, Failure, FromWorker, Method, ToWorker } from './worker/calls.ts';

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: (progress: never) => void;
}

/** The file or the import is at fault, and nothing else; the message is for the owner. */
export class ImportError extends Error {}

/** The thread that reads files and sends what is in them. */
export class ImportWorker {
  #worker: Worker | undefined;
  #last = 0;
  readonly #waiting = new Map<number, Pending>();
  readonly #onWaiting: (waiting: Waiting | undefined) => void;

  constructor(onWaiting: (waiting: Waiting | undefined) => void) {
    this.#onWaiting = onWaiting;
  }

  call<Name extends Method>(
    method: Name,
    given: Parameters<Calls[Name]>[0],
    { signal, onProgress = () => undefined }: { signal?: AbortSignal; onProgress?: (progress: never) => void } = {},
  ): ReturnType<Calls[Name]> {
    const worker = (this.#worker ??= this.#start());
    this.#last += 1;
    const id = this.#last;
    const post = (message: ToWorker): void => worker.postMessage(message, []);
    const done = new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress });
      post({ id, method, given });
      signal?.addEventListener('abort', () => post({ id, stop: true }));
    });
    return done as ReturnType<Calls[Name]>;
  }

  /** With the token that it has. What it does ends at once. */
  end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#fail(new ImportError('The import was ended.'));
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker/import.worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if ('waiting' in data) return this.#onWaiting(data.waiting);
      const waiting = this.#waiting.get(data.id);
      if (!waiting) return;
      if ('progress' in data) return waiting.onProgress(data.progress as never);
      this.#waiting.delete(data.id);
      if ('failure' in data) waiting.reject(errorOf(data.failure));
      else waiting.resolve(data.result as never);
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#worker = undefined;
      this.#fail(new ImportError('The part of this page that reads files stopped. Load the page again.'));
    });
    return worker;
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function errorOf(failure: Failure): Error {
  if (failure.kind === 'problem') return new ProblemError(failure.problem);
  if (failure.kind === 'unreachable') return new ProblemError(unreachable);
  return new ImportError(failure.message);
}
