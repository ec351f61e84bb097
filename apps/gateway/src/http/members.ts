import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { rights } from '@datakeep/contracts';
import { mostOrigins } from '@datakeep/registry';
import { IsDateTime } from './date-time.ts';

/** Members of DTOs that occur in several of them: rules and documentation in one decorator. */

type Documented = ApiPropertyOptions;

/** The member may be left out. Unlike `IsOptional`, null does not count as left out. */
export const Optional = (): PropertyDecorator => ValidateIf((_dto: object, value: unknown) => value !== undefined);

/** Most characters, or least and most. */
type Characters = number | readonly [least: number, most: number];

const lengthOf = (characters: Characters): PropertyDecorator =>
  typeof characters === 'number' ? MaxLength(characters) : Length(...characters);

export const Text = (characters: Characters, documented: Documented = {}): PropertyDecorator =>
  applyDecorators(lengthOf(characters), IsString(), ApiProperty(documented));

export const OptionalText = (characters: Characters, documented: Documented = {}): PropertyDecorator =>
  applyDecorators(lengthOf(characters), IsString(), Optional(), ApiPropertyOptional(documented));

const idPattern = /^[0-9a-f]{24}$/;
const isId = Matches(idPattern, { message: ({ property }) => `${property} must be an id of 24 hex digits` });

export const Id = (description: string): PropertyDecorator =>
  applyDecorators(isId, ApiProperty({ pattern: idPattern.source, description }));

export const OptionalId = (description: string): PropertyDecorator =>
  applyDecorators(isId, Optional(), ApiPropertyOptional({ type: 'string', description }));

export const OptionalDate = (description: string): PropertyDecorator =>
  applyDecorators(IsDateTime(), Optional(), ApiPropertyOptional({ type: 'string', format: 'date-time', description }));

export const OptionalInteger = (minimum: number, maximum: number, documented: Documented = {}): PropertyDecorator =>
  applyDecorators(
    Max(maximum),
    Min(minimum),
    IsInt(),
    Optional(),
    ApiPropertyOptional({ type: 'integer', minimum, maximum, ...documented } as Documented),
  );

export const OptionalChoice = (values: readonly string[], documented: Documented = {}): PropertyDecorator =>
  applyDecorators(IsIn(values), Optional(), ApiPropertyOptional({ enum: values, ...documented } as Documented));

/** Of a query string: `true` or `false`. */
export const FlagParameter = (description: string): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value)),
    IsBoolean(),
    Optional(),
    ApiPropertyOptional({ type: 'boolean', default: false, description }),
  );

const areRights = applyDecorators(
  IsIn(rights, { each: true }),
  ArrayUnique(),
  ArrayMaxSize(rights.length),
  ArrayMinSize(1),
  IsArray(),
);

export const Rights = (documented: Documented = {}): PropertyDecorator =>
  applyDecorators(areRights, ApiProperty({ enum: rights, isArray: true, ...documented } as Documented));

export const OptionalRights = (description: string): PropertyDecorator =>
  applyDecorators(areRights, Optional(), ApiPropertyOptional({ enum: rights, isArray: true, description }));

/** A list of origins; what is one, the registry checks. */
export const WebOrigins = (description: string): PropertyDecorator =>
  applyDecorators(
    IsString({ each: true }),
    ArrayMaxSize(mostOrigins),
    IsArray(),
    Optional(),
    ApiPropertyOptional({
      type: 'array',
      items: { type: 'string' },
      maxItems: mostOrigins,
      example: ['https://diary.example'],
      description,
    }),
  );
