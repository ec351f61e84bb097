import { PickType, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean } from 'class-validator';
import { Optional } from '../http/optional.ts';
import { ListParameters } from '../http/query-dtos.ts';

/** Of a query whose paging is in its body. */
export class AdminQueryParameters extends PickType(ListParameters, ['count']) {
  @ApiPropertyOptional({
    type: 'boolean',
    default: false,
    description: 'Adds `explain`: how the query ran and which index served it.',
  })
  @Optional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  explain?: boolean;
}
