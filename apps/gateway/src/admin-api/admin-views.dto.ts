import { ApiProperty, ApiPropertyOptional, IntersectionType, OmitType, PartialType, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { Allow, ArrayMaxSize, ArrayMinSize, IsArray, IsObject, IsString, ValidateNested } from 'class-validator';
import { defaultExecutionLimits, type ExecutionLimits, executionLimitRanges, type Right } from '@datakeep/contracts';
import { AppRunListParameters } from '../app-api/app-views.dto.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { AnyJson } from '../openapi/inputs.ts';
import { runExample, viewTemplateExample } from '../openapi/examples.ts';
import { Optional, OptionalChoice, OptionalId, OptionalInteger, OptionalText, Rights, Text } from '../http/members.ts';

export class NeededPermissionInput {
  @Text(200)
  profile!: string;

  @Rights()
  rights!: Right[];
}

/** One limit of a template, checked and documented by its range. */
function Limit(name: keyof ExecutionLimits): PropertyDecorator {
  const { least: min, most: max, unit } = executionLimitRanges[name];
  return OptionalInteger(min, max, { description: `In ${unit}; default ${defaultExecutionLimits[name]}.` });
}

export class TemplateLimits {
  @Limit('wallTimeMs')
  wallTimeMs?: number;

  @Limit('cpuTimeMs')
  cpuTimeMs?: number;

  @Limit('memoryMiB')
  memoryMiB?: number;

  @Limit('processes')
  processes?: number;

  @Limit('resultBytes')
  resultBytes?: number;

  @Limit('logBytes')
  logBytes?: number;

  @Limit('inputEvents')
  inputEvents?: number;

  @Limit('inputBytes')
  inputBytes?: number;
}

export class TemplateFile {
  @Text([1, 200], { example: 'main.js' })
  path!: string;

  @ApiProperty()
  @IsString()
  content!: string;
}

export class CreateViewTemplate {
  @Text([1, 200], { example: viewTemplateExample.name })
  name!: string;

  @OptionalText(2000, { example: viewTemplateExample.description })
  description?: string;

  @Text(100, { example: viewTemplateExample.runtime, description: 'One of `GET /runtimes`.' })
  runtime!: string;

  @ApiProperty({ type: () => NeededPermissionInput, isArray: true, example: viewTemplateExample.permissions })
  @IsArray()
  @ArrayMaxSize(20)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => NeededPermissionInput)
  permissions!: NeededPermissionInput[];

  @ApiPropertyOptional({ type: () => TemplateLimits })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => TemplateLimits)
  limits?: TemplateLimits;

  @ApiProperty({ type: () => TemplateFile, isArray: true, example: viewTemplateExample.files })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => TemplateFile)
  files!: TemplateFile[];
}

/** Its members are those of a template; all but the files may be left out, and stay as they are then. */
export class CreateViewTemplateVersion extends IntersectionType(
  PartialType(OmitType(CreateViewTemplate, ['files']), { skipNullProperties: false }),
  PickType(CreateViewTemplate, ['files']),
) {}

export class DryRunViewTemplate extends CreateViewTemplate {
  @AnyJson({
    description: 'Any JSON value: what an instance would be made with.',
    example: { activity: 'walking' },
  })
  @Allow()
  configuration?: unknown;

  @AnyJson({
    description: 'Any JSON value: what a call would bring.',
    example: runExample.clientCustomData,
  })
  @Allow()
  clientCustomData?: unknown;

  @OptionalId("An app's id: only events that it sent are there for the run. Absent: every app's.")
  appId?: string;
}

export class AdminViewInstanceListParameters extends ListParameters {
  @OptionalId("An app's id.")
  app?: string;

  @OptionalId("A view template's id.")
  viewTemplate?: string;
}

export class AdminRunListParameters extends IntersectionType(
  AppRunListParameters,
  PickType(AdminViewInstanceListParameters, ['app']),
) {
  @OptionalChoice(['true', 'false'], {
    description: 'Only runs whose every delivery failed in the keep itself, or none of them.',
  })
  quarantined?: 'true' | 'false';
}
