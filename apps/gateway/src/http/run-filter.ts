import type { RunFilter, RunState } from '@datakeep/contracts';
import { milliseconds } from './date-time.ts';

export interface RunParameters {
  readonly state?: RunState;
  readonly viewInstance?: string;
  readonly viewTemplate?: string;
  readonly from?: string;
  readonly to?: string;
}

export function runFilter({ state, viewInstance, viewTemplate, from, to }: RunParameters): RunFilter {
  return {
    ...(state ? { state } : {}),
    ...(viewInstance ? { viewInstanceId: viewInstance } : {}),
    ...(viewTemplate ? { viewTemplateId: viewTemplate } : {}),
    ...(from ? { from: milliseconds(from) } : {}),
    ...(to ? { to: milliseconds(to) } : {}),
  };
}
