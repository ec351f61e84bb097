import { ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean } from 'class-validator';
import { Optional } from './optional.ts';
import { OptionalInteger, OptionalText } from './members.ts';

const toBoolean = ({ value }: { value: unknown }): unknown =>
  value === 'true' ? true : value === 'false' ? false : value;

/** Paging of every list (api.md, Conventions). */
export class ListParameters {
  @OptionalInteger(1, 1000, { default: 50 })
  @Type(() => Number)
  limit?: number;

  @OptionalText(8192, {
    type: 'string',
    description: '`nextCursor` of the page before. Opaque, signed, good for 24 h and for the same request.',
  })
  cursor?: string;

  @ApiPropertyOptional({ type: 'boolean', default: false, description: 'Adds `count`, the number of all matches.' })
  @Optional()
  @Transform(toBoolean)
  @IsBoolean()
  count?: boolean;
}

/** `?count=true` beside a query whose paging is in its body. */
export class CountParameter extends PickType(ListParameters, ['count']) {}

export class NoParameters {}
