import type { Failed } from '../failure.ts';
import type { AdviceFile } from './advice-file.ts';
import type { BuilderSettings, IndexBuilder } from './index-builder.ts';
import type { Replayer } from './replayer.ts';

/** What the advisor's thread does, by name. */
export type AdviceTasks = Pick<IndexBuilder, 'list' | 'create' | 'drop' | 'rows' | 'space' | 'tend'> &
  Pick<Replayer, 'plan' | 'foresee' | 'replay'> &
  Pick<AdviceFile, 'put' | 'all' | 'remove' | 'delete' | 'forget'> & { writeMs(): number };

export interface AdviceRequest {
  readonly id: number;
  readonly task: keyof AdviceTasks;
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
