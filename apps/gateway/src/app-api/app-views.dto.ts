import { ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsIn } from 'class-validator';
import { type RunState } from '@datakeep/contracts';
import { AnyJson } from '../openapi/inputs.ts';
import { runExample } from '../openapi/examples.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { Optional } from '../http/optional.ts';
import { Id, OptionalDate, OptionalId } from '../http/members.ts';

export const runStates: readonly RunState[] = ['queued', 'running', 'succeeded', 'failed', 'timed-out', 'cancelled'];

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
  @ApiPropertyOptional({ enum: runStates })
  @Optional()
  @IsIn(runStates)
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
