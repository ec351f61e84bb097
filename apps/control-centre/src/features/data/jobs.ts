import { useSyncExternalStore } from 'react';
import { underWay } from '../../api/idle.ts';
import { session } from '../../api/session.ts';

/** Work that continues while its page is left: its progress outlives the components that show it. */
export class Job<Progress extends { readonly phase: 'running' | 'done' | 'failed' | 'cancelled' }> {
  #progress: Progress | undefined;
  #stopping = new AbortController();
  readonly #listeners = new Set<() => void>();

  constructor() {
    session.subscribe(() => {
      if (session.state === 'signed-out') this.cancel();
    });
  }

  readonly get = (): Progress | undefined => this.#progress;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get isRunning(): boolean {
    return this.#progress?.phase === 'running';
  }

  /** Begins anew. The signal ends the work when it is cancelled, or when the owner signs out. */
  begin(progress: Progress): AbortSignal {
    this.#stopping = new AbortController();
    this.set(progress);
    addEventListener('beforeunload', this.#warn);
    return this.#stopping.signal;
  }

  set(progress: Progress | undefined): void {
    this.#progress = progress;
    if (this.isRunning) underWay.add(this);
    else {
      underWay.delete(this);
      removeEventListener('beforeunload', this.#warn);
    }
    for (const listener of this.#listeners) listener();
  }

  cancel(): void {
    this.#stopping.abort();
  }

  readonly #warn = (event: BeforeUnloadEvent): void => event.preventDefault();
}

export function useJob<Progress extends { readonly phase: 'running' | 'done' | 'failed' | 'cancelled' }>(
  job: Job<Progress>,
): Progress | undefined {
  return useSyncExternalStore(job.subscribe, job.get);
}
