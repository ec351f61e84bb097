import { PickType } from '@nestjs/swagger';
import { ListParameters } from './query-dtos.ts';

/** `?count=true` beside a query whose paging is in its body. */
export class CountParameter extends PickType(ListParameters, ['count']) {}
