import { rights as allRights, type Right } from '@datakeep/contracts';
import { DatakeepError, parseDateTime } from '@datakeep/kernel';

/** The rights in their one order, without repeats. Throws 422 for an empty list or an unknown right. */
export function checkRights(value: unknown, pointer = '/rights'): readonly Right[] {
  if (!Array.isArray(value)) throw DatakeepError.invalidAt(pointer, 'type', 'A list of rights is expected.');
  if (value.length === 0 || value.length > allRights.length)
    throw DatakeepError.invalidAt(pointer, 'range', `1 to ${allRights.length} rights are expected.`);
  const unknown = value.findIndex((right) => !allRights.includes(right as Right));
  if (unknown !== -1)
    throw DatakeepError.invalidAt(`${pointer}/${unknown}`, 'enum', `A right is one of ${allRights.join(', ')}.`);
  return allRights.filter((right) => value.includes(right));
}

export function checkGranted(granted: readonly Right[], requested: readonly Right[]): void {
  const more = granted.filter((right) => !requested.includes(right));
  if (more.length > 0)
    throw DatakeepError.invalidAt('/rights', 'not-requested', `Not among the rights asked for: ${more.join(', ')}.`);
}

/** ms since the epoch of an RFC 3339 date-time that lies after `now`. */
export function checkFutureDate(value: unknown, now: number, pointer: string): number {
  const at = typeof value === 'string' ? parseDateTime(value) : undefined;
  if (at === undefined)
    throw DatakeepError.invalidAt(
      pointer,
      'date',
      'An RFC 3339 date-time with an offset and at most milliseconds is expected.',
    );
  if (at <= now) throw DatakeepError.invalidAt(pointer, 'range', 'The date must lie in the future.');
  return at;
}
