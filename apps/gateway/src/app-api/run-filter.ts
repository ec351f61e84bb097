import type { RunFilter } from '@datakeep/contracts';
import { milliseconds } from '../http/date-time.ts';
import type { AppRunListParameters } from './app-views.dto.ts';

export function runFilter({ state, viewInstance, viewTemplate, from, to }: AppRunListParameters): RunFilter {
  return {
    ...(state ? { state } : {}),
    ...(viewInstance ? { viewInstanceId: viewInstance } : {}),
    ...(viewTemplate ? { viewTemplateId: viewTemplate } : {}),
    ...(from ? { from: milliseconds(from) } : {}),
    ...(to ? { to: milliseconds(to) } : {}),
  };
}
