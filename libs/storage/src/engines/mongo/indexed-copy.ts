/*
 * The indexed copy of a payload: what the server's queries, sorts, groups and indexes see of it. Answers are made of
 * the payload's text.
 *
 * Names: BSON paths treat `.` as a separator, `$` as an operator and digits as an array's index; the copy escapes all
 * three, and two names never become one.
 *
 * Arrays: a comparison holds if it holds for any element, so the copy holds equal elements once. The copy thereby stays
 * below the 16 MiB of a record: without that, one byte of `[1,1,1,…]` takes six of BSON, and distinct values are
 * longer. Arrays directly within arrays are not indexed (docs/query-language.md).
 */

const special = /^[0-9]+$|[~.$]|^$/;

const escapes: Readonly<Record<string, string>> = { '~': '~0', '.': '~1', $: '~2' };

/** A member's name in the copy. `~n` marks a number that is a name, a lone `~` the empty name. */
export function indexedName(name: string): string {
  if (!special.test(name)) return name;
  if (name === '') return '~';
  if (/^[0-9]+$/.test(name)) return `~n${name}`;
  return name.replaceAll(/[~.$]/g, (character) => escapes[character] as string);
}

/** The path in an event's record of a `payload.…` field. */
export function indexedPath(field: string): string {
  return field
    .split('.')
    .map((step, index) => (index === 0 ? step : indexedName(step)))
    .join('.');
}

/** The copy of an object's JSON text. */
export function indexedCopy(payload: string): Record<string, unknown> {
  return copyOf(JSON.parse(payload)) as Record<string, unknown>;
}

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return elementsOf(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [indexedName(name), copyOf(member)]));
}

function elementsOf(array: readonly unknown[]): unknown[] {
  const elements = new Map<unknown, unknown>();
  for (const element of array) {
    const copy = Array.isArray(element) ? {} : copyOf(element);
    // The texts of a string and of an object never begin alike.
    elements.set(typeof copy === 'number' ? copy : JSON.stringify(copy), copy);
  }
  return [...elements.values()];
}
