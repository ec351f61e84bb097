import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsIn, Matches } from 'class-validator';
import { type RunState } from '@datakeep/contracts';
import { IsDateTime } from '../http/date-time.ts';
import { AnyJson } from '../openapi/inputs.ts';
import { runExample } from '../openapi/examples.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { Optional } from '../http/optional.ts';

const idPattern = /^[0-9a-f]{24}$/;
const idMessage = { message: ({ property }: { property: string }) => `${property} must be an id of 24 hex digits` };
export const runStates: readonly RunState[] = ['queued', 'running', 'succeeded', 'failed', 'timed-out', 'cancelled'];

export class CreateViewInstance {
  @ApiProperty({ pattern: idPattern.source, description: 'Of `GET /view-templates`.' })
  @Matches(idPattern, idMessage)
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

  @ApiPropertyOptional({ type: 'string', description: "A view instance's id." })
  @Optional()
  @Matches(idPattern, idMessage)
  viewInstance?: string;

  @ApiPropertyOptional({ type: 'string', description: "A view template's id." })
  @Optional()
  @Matches(idPattern, idMessage)
  viewTemplate?: string;

  @ApiPropertyOptional({ type: 'string', format: 'date-time', description: 'Inclusive, on createdAt.' })
  @Optional()
  @IsDateTime()
  from?: string;

  @ApiPropertyOptional({ type: 'string', format: 'date-time', description: 'Exclusive, on createdAt.' })
  @Optional()
  @IsDateTime()
  to?: string;
}
