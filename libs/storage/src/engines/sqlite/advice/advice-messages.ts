import type { EventQuery } from '@datakeep/contracts';
import type {
  AdviceEntry,
  AdviceKind,
  ExistingIndex,
  IndexDefinition,
  PairedRun,
  QueryPlan,
  StorageSpace,
} from '../../../advisor/index-engine.ts';
import type { Failed } from '../writer/write-messages.ts';
import type { BuilderSettings } from './index-builder.ts';

/** What the advisor's thread does, by name: its arguments and its answer. */
export interface AdviceTasks {
  writeMs(): number;
  list(): ExistingIndex[];
  create(definition: IndexDefinition): number;
  drop(name: string): null;
  rows(profile: string): number;
  space(): StorageSpace;
  plan(query: EventQuery): QueryPlan;
  foresee(queries: readonly EventQuery[], definition: IndexDefinition): QueryPlan[];
  replay(query: EventQuery, former: string | null): PairedRun;
  tend(): null;
  put(entries: readonly AdviceEntry[]): null;
  all(kind: AdviceKind, from?: number): AdviceEntry[];
  remove(kind: AdviceKind, before: number): null;
  forget(profile: string): null;
}

export type AdviceTask = keyof AdviceTasks;

export interface AdviceRequest {
  readonly id: number;
  readonly task: AdviceTask;
  readonly values: readonly unknown[];
}

export interface AdviceAnswer {
  readonly id: number;
  readonly outcome: { readonly kind: 'done'; readonly value: unknown } | { readonly kind: 'interrupted' } | Failed;
}

export interface AdviceSettings extends BuilderSettings {
  /** One Int32: 1 when replays are to stop. */
  readonly stop: SharedArrayBuffer;
}

export type ToAdvice = AdviceRequest | 'close';
