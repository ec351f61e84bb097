import { FlagParameter } from '../http/members.ts';
import { CountParameter } from '../http/query-dtos.ts';

export class AdminQueryParameters extends CountParameter {
  @FlagParameter('Adds `explain`: how the query ran and which index served it.')
  explain?: boolean;
}
