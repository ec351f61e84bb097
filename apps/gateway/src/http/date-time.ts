import { registerDecorator } from 'class-validator';
import { DatakeepError, parseDateTime } from '@datakeep/kernel';

/** class-validator rule: an RFC 3339 date-time, any offset, at most milliseconds. */
export function IsDateTime(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isDateTime',
      target: target.constructor,
      propertyName: String(propertyName),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && parseDateTime(value) !== undefined,
        defaultMessage: ({ property } = { property: 'value' } as never) =>
          `${property} must be an RFC 3339 date-time with an offset and at most milliseconds`,
      },
    });
}

/** Milliseconds since the epoch of a string that `IsDateTime` has let through. */
export function milliseconds(value: string): number {
  const at = parseDateTime(value);
  if (at === undefined) throw new DatakeepError('invalid');
  return at;
}
