import { ValidateIf } from 'class-validator';

/** class-validator rule: the member may be left out. Unlike `IsOptional`, null does not count as left out. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_dto: object, value: unknown) => value !== undefined);
}
