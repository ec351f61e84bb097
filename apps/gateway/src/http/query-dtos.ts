import { PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { FlagParameter, OptionalInteger, OptionalText } from './members.ts';

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

  @FlagParameter('Adds `count`, the number of all matches.')
  count?: boolean;
}

/** `?count=true` beside a query whose paging is in its body. */
export class CountParameter extends PickType(ListParameters, ['count']) {}
