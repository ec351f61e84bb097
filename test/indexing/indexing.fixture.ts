import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventQuery, IndexReport, NewEvent } from '@datakeep/contracts';
import { openSqliteStorage, type AdvisedStorage, type IndexingOptions } from '@datakeep/storage';
import { ManualClock } from '@datakeep/kernel/testing';
import { tick } from './indexing.queries.ts';

export * from './indexing.queries.ts';

let made = 0;

/** Event number n: 1 of `users` users, 1 of 3 kinds, an amount, a flag, and a place three levels deep. */
export function anEvent(n: number, users: number, over: Partial<NewEvent> = {}): NewEvent {
  const payload = {
    user: `u${n % users}`,
    kind: `k${n % 3}`,
    amount: (n * 7919) % 1000,
    flag: n % 7 === 0,
    place: { city: { name: `c${n % 50}` } },
    text: 'x'.repeat(100),
  };
  return {
    id: (made += 1).toString(16).padStart(24, '0'),
    profile: 'p',
    source: `a${n % 2}`,
    createdAt: n * 1000,
    acceptedAt: n,
    payload: JSON.stringify(payload),
    ...over,
  };
}

/** A real SQLite storage on a manual clock, with its advisor. */
export class IndexedStorage implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly directory: string;
  readonly #options: IndexingOptions;
  storage!: AdvisedStorage;

  private constructor(directory: string, options: IndexingOptions) {
    this.directory = directory;
    this.#options = options;
  }

  static async open(options: IndexingOptions = {}): Promise<IndexedStorage> {
    const opened = new IndexedStorage(await mkdtemp(join(tmpdir(), 'datakeep-indexing-')), options);
    await opened.reopen();
    return opened;
  }

  async reopen(): Promise<void> {
    const indexing = { isCalm: () => true, ...this.#options };
    this.storage = await openSqliteStorage({
      directory: this.directory,
      synchronous: 'normal',
      readers: 1,
      clock: this.clock,
      indexing,
    });
    await this.settled();
  }

  /** The advisor has started and is done with its present look. */
  async settled(): Promise<void> {
    await this.storage.indexes();
  }

  async fill(events: number, users: number, over: Partial<NewEvent> = {}): Promise<void> {
    for (let from = 0; from < events; from += 1000) {
      await this.storage.append(
        Array.from({ length: Math.min(1000, events - from) }, (_, n) => anEvent(from + n, users, over)),
      );
    }
  }

  /** Asks `calls` queries in each stretch of five minutes, and lets the advisor look after each. */
  async ask(ticks: number, calls: number, query: (call: number) => EventQuery): Promise<void> {
    let call = 0;
    for (let at = 0; at < ticks; at += 1) {
      for (let n = 0; n < calls; n += 1) await this.storage.query(query(call++));
      await this.clock.advance(tick);
      await this.settled();
    }
  }

  /** Automatic indexes, newest state first. */
  async automatic(): Promise<IndexReport[]> {
    return (await this.storage.indexes()).indexes.filter(({ state }) => state !== 'declared');
  }

  async standing(): Promise<IndexReport[]> {
    return (await this.automatic()).filter(({ state }) => state === 'verifying' || state === 'active');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.storage.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}
