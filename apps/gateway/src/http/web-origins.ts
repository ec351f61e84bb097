import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString } from 'class-validator';
import { mostOrigins } from '@datakeep/registry';
import { Optional } from './optional.ts';

/** A list of origins; what is one, the registry checks. */
export function WebOrigins(description: string): PropertyDecorator {
  const documented = ApiPropertyOptional({
    type: 'array',
    items: { type: 'string' },
    maxItems: mostOrigins,
    example: ['https://diary.example'],
    description,
  });
  return applyDecorators(documented, Optional(), IsArray(), ArrayMaxSize(mostOrigins), IsString({ each: true }));
}
