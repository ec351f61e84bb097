import { Allow } from 'class-validator';
import { type RunFilter, type RunState, runStates } from '@datakeep/contracts';
import { AnyJson } from '../openapi/inputs.ts';
import { runExample } from '../openapi/examples.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { milliseconds } from '../http/date-time.ts';
import { Id, OptionalChoice, OptionalDate, OptionalId } from '../http/members.ts';

export class CreateViewInstance {
  @Id('Of `GET /view-templates`.')
  viewTemplateId!: string;

  @AnyJson({
    description: 'Any JSON value, fixed with the instance.',
    example: { activity: 'walking' },
  })
  @Allow()
  configuration?: unknown;
}

export class StartRun {
  @AnyJson({
    description: 'Any JSON value, for this run alone.',
    example: runExample.clientCustomData,
  })
  @Allow()
  clientCustomData?: unknown;
}

export class AppRunListParameters extends ListParameters {
  @OptionalChoice(runStates)
  state?: RunState;

  @OptionalId("A view instance's id.")
  viewInstance?: string;

  @OptionalId("A view template's id.")
  viewTemplate?: string;

  @OptionalDate('Inclusive, on createdAt.')
  from?: string;

  @OptionalDate('Exclusive, on createdAt.')
  to?: string;
}

export function runFilter({ state, viewInstance, viewTemplate, from, to }: AppRunListParameters): RunFilter {
  return {
    ...(state ? { state } : {}),
    ...(viewInstance ? { viewInstanceId: viewInstance } : {}),
    ...(viewTemplate ? { viewTemplateId: viewTemplate } : {}),
    ...(from ? { from: milliseconds(from) } : {}),
    ...(to ? { to: milliseconds(to) } : {}),
  };
}
