import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { Optional } from './optional.ts';

const toBoolean = ({ value }: { value: unknown }): unknown =>
  value === 'true' ? true : value === 'false' ? false : value;

/** Paging of every list (api.md, Conventions). */
export class ListParameters {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000, default: 50 })
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;

  @ApiPropertyOptional({
    type: 'string',
    description: '`nextCursor` of the page before. Opaque, signed, good for 24 h and for the same request.',
  })
  @Optional()
  @IsString()
  @MaxLength(8192)
  cursor?: string;

  @ApiPropertyOptional({ type: 'boolean', default: false, description: 'Adds `count`, the number of all matches.' })
  @Optional()
  @Transform(toBoolean)
  @IsBoolean()
  count?: boolean;
}

export class NoParameters {}
