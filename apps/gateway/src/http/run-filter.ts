import type { RunFilter, RunState } from '@datakeep/contracts';
import { milliseconds } from './date-time.ts';

export interface RunParameters {
  readonly state?: RunState;
  readonly viewInstance?: string;
  readonly from?: string;
  readonly to?: string;
}

export function runFilter({ state, viewInstance, from, to }: RunParameters): RunFilter {
  return {
    ...(state ? { state } : {}),
    ...(viewInstance ? { viewInstanceId: viewInstance } : {}),
    ...(from ? { from: milliseconds(from) } : {}),
    ...(to ? { to: milliseconds(to) } : {}),
  };
}
