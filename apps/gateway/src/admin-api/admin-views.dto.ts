import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, IntersectionType, OmitType, PartialType, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import {
  defaultExecutionLimits,
  type ExecutionLimits,
  executionLimitRanges,
  type Right,
  rights,
} from '@datakeep/contracts';
import { AppRunListParameters } from '../app-api/app-views.dto.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { AnyJson } from '../openapi/inputs.ts';
import { runExample, viewTemplateExample } from '../openapi/examples.ts';
import { Optional } from '../http/optional.ts';

export class NeededPermissionInput {
  @ApiProperty()
  @IsString()
  @MaxLength(200)
  profile!: string;

  @ApiProperty({ enum: rights, isArray: true })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(rights.length)
  @ArrayUnique()
  @IsIn(rights, { each: true })
  rights!: Right[];
}

/** One limit of a template, checked and documented by its range. */
function Limit(name: keyof ExecutionLimits): PropertyDecorator {
  const { least: min, most: max, unit } = executionLimitRanges[name];
  return applyDecorators(
    ApiPropertyOptional({
      type: 'integer',
      minimum: min,
      maximum: max,
      description: `In ${unit}; default ${defaultExecutionLimits[name]}.`,
    }),
    Optional(),
    IsInt(),
    Min(min),
    Max(max),
  );
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
  @ApiProperty({ example: 'main.js' })
  @IsString()
  @Length(1, 200)
  path!: string;

  @ApiProperty()
  @IsString()
  content!: string;
}

export class CreateViewTemplate {
  @ApiProperty({ example: viewTemplateExample.name })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiPropertyOptional({ example: viewTemplateExample.description })
  @Optional()
  @IsString()
  @MaxLength(2000)
  description?: string;

  @ApiProperty({ example: viewTemplateExample.runtime, description: 'One of `GET /runtimes`.' })
  @IsString()
  @MaxLength(100)
  runtime!: string;

  @ApiProperty({ type: () => NeededPermissionInput, isArray: true, example: viewTemplateExample.permissions })
  @IsArray()
  @ArrayMaxSize(20)
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

  @ApiPropertyOptional({
    type: 'string',
    description: "An app's id: only events that it sent are there for the run. Absent: every app's.",
  })
  @Optional()
  @Matches(/^[0-9a-f]{24}$/, { message: 'appId must be an id of 24 hex digits' })
  appId?: string;
}

export class AdminViewInstanceListParameters extends ListParameters {
  @ApiPropertyOptional({ description: "An app's id." })
  @Optional()
  @Matches(/^[0-9a-f]{24}$/, { message: 'app must be an id of 24 hex digits' })
  app?: string;

  @ApiPropertyOptional({ description: "A view template's id." })
  @Optional()
  @Matches(/^[0-9a-f]{24}$/, { message: 'viewTemplate must be an id of 24 hex digits' })
  viewTemplate?: string;
}

export class AdminRunListParameters extends IntersectionType(
  AppRunListParameters,
  PickType(AdminViewInstanceListParameters, ['app']),
) {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    description: 'Only runs whose every delivery failed in the keep itself, or none of them.',
  })
  @Optional()
  @IsIn(['true', 'false'])
  quarantined?: 'true' | 'false';
}
