import { DatakeepError, type InputError } from '../errors/datakeep-error.ts';
import type { PlaceCode } from '../errors/place-codes.ts';
import { maxReportedErrors } from '../errors/problem.ts';
import { pointerSegment } from './json-pointer.ts';

/** Gathers what is wrong with an input, up to what an answer reports. */
export class InputErrors {
  readonly errors: InputError[] = [];

  add(pointer: string, code: PlaceCode, detail: string): void {
    if (this.errors.length < maxReportedErrors) this.errors.push({ pointer, code, detail });
  }

  /** Adds a member that is not what it should be: `required` where it is missing. */
  wrong(value: unknown, pointer: string, code: PlaceCode, detail: string): void {
    this.add(pointer, value === undefined ? 'required' : code, detail);
  }

  throwIfAny(): void {
    if (this.errors.length > 0) throw DatakeepError.invalid(this.errors);
  }

  /** Adds each member that is not `known`; `has` is what there is, such as `a query has`. */
  onlyMembers(
    value: Readonly<Record<string, unknown>>,
    known: ReadonlySet<string>,
    has: string,
    { at = '', code = 'unknown-member' as PlaceCode } = {},
  ): void {
    for (const name of Object.keys(value))
      if (!known.has(name)) this.add(`${at}/${pointerSegment(name)}`, code, `${has} ${[...known].join(', ')}`);
  }
}
