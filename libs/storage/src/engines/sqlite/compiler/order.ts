import type { FieldKind, Position, Scalar, SortKey } from '@datakeep/contracts';
import { isPayloadField, metadataValue, payloadValue } from './field.ts';
import { fragment, joined, sqlNumber, type Fragment, type SqlValue } from './fragment.ts';

/**
 * The value that a sort key orders by: absent and null are both NULL, which SQLite puts first ascending and last
 * descending.
 */
export function sortValue(key: SortKey): string {
  return isPayloadField(key.field) ? payloadValue(key.field) : (metadataValue(key.field) ?? 'NULL');
}

const word = (key: SortKey): string => (key.direction === 'ascending' ? 'ASC' : 'DESC');

const none: ReadonlySet<string> = new Set();

/** Every event has a value of these. */
const always: ReadonlySet<string> = new Set(
  ['createdDate', 'acceptedDate', 'version', 'source', 'profile'].map((name) => `metadata.${name}`),
);

/** The ORDER BY terms; `expression` spells a key, by its index in the sort. Those of fields in `fixed` are left out. */
export function orderBy(
  sort: readonly SortKey[],
  expression: (key: SortKey, index: number) => string,
  fixed = none,
): string {
  const last = sort.at(-1);
  const keys = sort.flatMap((key, index) => (fixed.has(key.field) ? [] : [`${expression(key, index)} ${word(key)}`]));
  return [...keys, `id ${last ? word(last) : 'ASC'}`].join(', ');
}

/**
 * The columns that give a page's last position. Payload numbers as doubles: the driver refuses integers beyond 2^53.
 */
export function positionColumns(sort: readonly SortKey[], kinds: Readonly<Record<string, FieldKind>>): string[] {
  return sort.map((key) => {
    const value = sortValue(key);
    return isPayloadField(key.field) && kinds[key.field] === 'number' ? `CAST(${value} AS REAL)` : value;
  });
}

/** A selected sort value in the form of a `Position`. */
export function positionValue(value: string | number | null, kind: FieldKind | undefined): Scalar {
  return kind === 'boolean' && value !== null ? value === 1 : value;
}

function sqlScalar(value: Scalar): SqlValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' ? sqlNumber(value) : value;
}

interface Step {
  readonly expression: string;
  readonly ascending: boolean;
  readonly value: SqlValue;
}

/** Events after a position: (k1, …, kn, id) beyond (v1, …, vn, id) in each key's own direction. */
export function afterPosition(sort: readonly SortKey[], position: Position): Fragment {
  const steps: Step[] = sort.map((key, index) => ({
    expression: sortValue(key),
    ascending: key.direction === 'ascending',
    value: sqlScalar(position.values[index] ?? null),
  }));
  const ascendingId = sort.at(-1)?.direction !== 'descending';
  steps.push({ expression: 'id', ascending: ascendingId, value: position.id });
  const [only, id] = steps;
  if (steps.length === 2 && only?.expression === 'created' && id) {
    // A row value lets the index find the place at once; both columns are never NULL.
    return fragment(`(created, id) ${only.ascending ? '>' : '<'} (?, ?)`, only.value, id.value);
  }
  const places = steps.map((step, index) => joined('AND', [...steps.slice(0, index).map(equal), beyond(step)]));
  const beyondAll = joined('OR', places);
  // The consequence of it, repeated as one range: an index seeks by it. In descending order NULL comes last and is in
  // no range: `restAfterPosition` finds it.
  return only && only.value !== null
    ? joined('AND', [fragment(`${only.expression} ${only.ascending ? '>=' : '<='} ?`, only.value), beyondAll])
    : beyondAll;
}

/** Where events without the first key's value come after all that `afterPosition` finds: the term for them. */
export function restAfterPosition([first]: readonly SortKey[], { values }: Position): Fragment | undefined {
  if (!first || first.direction === 'ascending' || (values[0] ?? null) === null || always.has(first.field))
    return undefined;
  return fragment(`${sortValue(first)} IS NULL`);
}

const equal = ({ expression, value }: Step): Fragment =>
  value === null ? fragment(`${expression} IS NULL`) : fragment(`${expression} = ?`, value);

function beyond({ expression, ascending, value }: Step): Fragment {
  if (value === null) return fragment(ascending ? `${expression} IS NOT NULL` : '0');
  return ascending
    ? fragment(`${expression} > ?`, value)
    : fragment(`(${expression} < ? OR ${expression} IS NULL)`, value);
}
