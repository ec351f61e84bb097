import type { Filter, KeepEvent, Scalar } from '@datakeep/contracts';

/**
 * By Unicode code point, which is not JavaScript's own order: a surrogate pair is greater than every other character.
 */
export function compareStrings(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const rank = (value: Scalar): number => (value === null ? 0 : 1);

/** Null first, false before true, strings by code point. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (a === null || b === null) return rank(a) - rank(b);
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  return Number(a) - Number(b);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every value that the path leads to; of an array on the way, each element that is an object is tried. */
function reached(payload: unknown, steps: readonly string[]): unknown[] {
  let values: unknown[] = [payload];
  for (const [index, step] of steps.entries()) {
    const next: unknown[] = [];
    for (const value of values) {
      const holders = index > 0 && Array.isArray(value) ? value : [value];
      for (const holder of holders) if (isObject(holder) && Object.hasOwn(holder, step)) next.push(holder[step]);
    }
    values = next;
  }
  return values;
}

/** A metadata field as it is compared: dates in ms; undefined where the event has none. */
export function metadataOf(event: KeepEvent, field: string): string | number | undefined {
  const { metadata } = event;
  switch (field) {
    case 'metadata.identifier':
      return metadata.identifier;
    case 'metadata.profile':
      return metadata.profile;
    case 'metadata.source':
      return metadata.source;
    case 'metadata.createdDate':
      return Date.parse(metadata.createdDate);
    case 'metadata.acceptedDate':
      return Date.parse(metadata.acceptedDate);
    case 'metadata.version':
      return metadata.version;
    case 'metadata.modifiedBy':
      return metadata.modifiedBy;
    default:
      return undefined;
  }
}

/** Every value that the field has in the event, arrays not yet opened. */
export function valuesOf(event: KeepEvent, field: string): unknown[] {
  if (field.startsWith('payload.')) return reached(event.payload, field.split('.').slice(1));
  const value = metadataOf(event, field);
  return value === undefined ? [] : [value];
}

function holds(operator: string, actual: unknown, wanted: Scalar): boolean {
  if (operator === 'eq') return actual === wanted;
  if (typeof actual === 'string' && typeof wanted === 'string') {
    const order = compareStrings(actual, wanted);
    if (operator === 'lt') return order < 0;
    if (operator === 'lte') return order <= 0;
    if (operator === 'gt') return order > 0;
    if (operator === 'gte') return order >= 0;
    if (operator === 'prefix') return actual.startsWith(wanted);
    return actual.includes(wanted);
  }
  if (typeof actual !== 'number' || typeof wanted !== 'number') return false;
  if (operator === 'lt') return actual < wanted;
  if (operator === 'lte') return actual <= wanted;
  if (operator === 'gt') return actual > wanted;
  return operator === 'gte' && actual >= wanted;
}

export function matches(event: KeepEvent, filter: Filter): boolean {
  if ('children' in filter) {
    const found = new Set(filter.children.map((child) => matches(event, child)));
    return filter.node === 'and' ? !found.has(false) : found.has(true);
  }
  if (filter.node === 'not') return !matches(event, filter.child);
  const values = valuesOf(event, filter.field);
  if (filter.node === 'exists') return values.length > 0;
  for (const value of values) {
    for (const actual of Array.isArray(value) ? value : [value]) {
      if (
        filter.node === 'in'
          ? filter.values.some((wanted) => actual === wanted)
          : holds(filter.node, actual, filter.value)
      )
        return true;
    }
  }
  return false;
}
