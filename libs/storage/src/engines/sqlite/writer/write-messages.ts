import type { Synchronous } from '../database-file.ts';
import type { Failed } from '../failure.ts';
import type { EventWriter } from './event-writer.ts';

/** What the writing thread does, by name. */
export type WriteTasks = Pick<EventWriter, 'append' | 'restore' | 'replace' | 'remove' | 'outdate' | 'sweep'>;

/** A task with its arguments. */
export type WriteRequest = {
  readonly [T in keyof WriteTasks]: { readonly task: T; readonly values: Parameters<WriteTasks[T]> };
}[keyof WriteTasks];

export type Written<T extends keyof WriteTasks> = Exclude<ReturnType<WriteTasks[T]>, Failed>;
export type WriteAnswer = Failed | { readonly kind: 'done'; readonly value: Written<keyof WriteTasks> };

export type ToWriter = { readonly requests: readonly WriteRequest[] } | 'close';
/** Answers to the oldest unanswered requests, in their order: one message for each transaction. */
export type FromWriter = { readonly answers: readonly WriteAnswer[] } | 'ready' | 'closed';

export interface WriterSettings {
  readonly directory: string;
  readonly synchronous: Synchronous;
  readonly maxBytes: number;
  /** From a deletion on, until the log is emptied. */
  readonly emptyLogAfterMs: number | undefined;
}
