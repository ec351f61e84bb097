import type { Filter, Scalar } from '@datakeep/contracts';
import { compareCodePoints } from '../../answer/code-points.ts';

/** An event as filters and sorts see it: metadata as it is compared, the payload parsed. */
export interface Seen {
  /** A metadata field's value, dates in ms; undefined where the event has none. */
  metadata(field: string): string | number | undefined;
  readonly payload: unknown;
}

export type Matcher = (seen: Seen) => boolean;
type Test = (value: unknown) => boolean;

/** The law of docs/query-language.md in code, the same for every server: what a server is asked is never less than this holds for. */
export function matcherOf(filter: Filter): Matcher {
  switch (filter.node) {
    case 'and': {
      const children = filter.children.map((child) => matcherOf(child));
      return (seen) => children.every((child) => child(seen));
    }
    case 'or': {
      const children = filter.children.map((child) => matcherOf(child));
      return (seen) => children.some((child) => child(seen));
    }
    case 'not': {
      const child = matcherOf(filter.child);
      return (seen) => !child(seen);
    }
    case 'exists':
      return reaching(filter.field, () => true, false);
    case 'in': {
      const values = new Set<unknown>(filter.values);
      return reaching(filter.field, (value) => values.has(value), true);
    }
    default:
      return reaching(filter.field, testOf(filter.node, filter.value), true);
  }
}

/** The value that a sort key orders by: the first that the path reaches, null where there is none. */
export function sortValue(seen: Seen, field: string): Scalar {
  if (!field.startsWith('payload.')) return seen.metadata(field) ?? null;
  let value: unknown = null;
  const take = (found: unknown): boolean => {
    value = found;
    return true;
  };
  anyReached(seen.payload, field.split('.').slice(1), 0, take, false);
  return typeof value === 'object' ? null : (value as Scalar);
}

function reaching(field: string, test: Test, opensArray: boolean): Matcher {
  if (!field.startsWith('payload.')) {
    return (seen) => {
      const value = seen.metadata(field);
      return value !== undefined && test(value);
    };
  }
  const steps = field.split('.').slice(1);
  return (seen) => anyReached(seen.payload, steps, 0, test, opensArray);
}

/** Whether the test holds for any value at the end of the path; of an array on the way each element that is an object is tried. */
function anyReached(value: unknown, steps: readonly string[], at: number, test: Test, opensArray: boolean): boolean {
  if (at === steps.length)
    return opensArray && Array.isArray(value) ? value.some((element) => test(element)) : test(value);
  if (at > 0 && Array.isArray(value))
    return value.some((element) => !Array.isArray(element) && intoMember(element, steps, at, test, opensArray));
  return !Array.isArray(value) && intoMember(value, steps, at, test, opensArray);
}

function intoMember(holder: unknown, steps: readonly string[], at: number, test: Test, opensArray: boolean): boolean {
  const step = steps[at] as string;
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, step)) return false;
  return anyReached((holder as Record<string, unknown>)[step], steps, at + 1, test, opensArray);
}

function testOf(operator: 'eq' | 'lt' | 'lte' | 'gt' | 'gte' | 'prefix' | 'contains', wanted: Scalar): Test {
  if (operator === 'eq') return (value) => value === wanted;
  if (typeof wanted === 'string') {
    if (operator === 'prefix') return (value) => typeof value === 'string' && value.startsWith(wanted);
    if (operator === 'contains') return (value) => typeof value === 'string' && value.includes(wanted);
    const holds = orderTest(operator);
    return (value) => typeof value === 'string' && holds(compareCodePoints(value, wanted));
  }
  if (typeof wanted !== 'number' || operator === 'prefix' || operator === 'contains') return () => false;
  const holds = orderTest(operator);
  // Compared and not subtracted: the difference of two doubles may be infinite, or zero where they differ.
  return (value) => typeof value === 'number' && holds(value < wanted ? -1 : Number(value > wanted));
}

function orderTest(operator: 'lt' | 'lte' | 'gt' | 'gte'): (order: number) => boolean {
  switch (operator) {
    case 'lt':
      return (order) => order < 0;
    case 'lte':
      return (order) => order <= 0;
    case 'gt':
      return (order) => order > 0;
    case 'gte':
      return (order) => order >= 0;
  }
}
