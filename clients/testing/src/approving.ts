import { setTimeout as delay } from 'node:timers/promises';
import { KeepError } from '@datakeep/client';
import type { Admin } from './admin.ts';

const lookMs = 50;

/** Grants every request as it comes, those of view instances too. */
export class Approving {
  readonly #stopped = new AbortController();
  readonly #work: Promise<void>;

  constructor(admin: Admin) {
    this.#work = this.#approve(admin);
    // Told by `stop`.
    this.#work.catch(() => undefined);
  }

  /** Resolves when nothing more is decided; rejects with what kept it from deciding. */
  stop(): Promise<void> {
    this.#stopped.abort();
    return this.#work;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #approve(admin: Admin): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      for (const { id } of await admin.permissions({ status: 'pending' })) {
        if (signal.aborted) return;
        await admin.approve(id).catch(unlessGone);
      }
      await delay(lookMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

/** A test may have removed the app or decided by itself meanwhile. */
function unlessGone(error: unknown): void {
  if (!(error instanceof KeepError && (error.status === 404 || error.status === 409))) throw error;
}
