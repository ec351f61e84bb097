import type { FieldKind, Filter, Scalar } from '@datakeep/contracts';
import { DatakeepError, pointerSegment } from '@datakeep/kernel';

type Kinds = Readonly<Record<string, FieldKind>>;

const comparisons = ['eq', 'lt', 'lte', 'gt', 'gte', 'prefix', 'contains'] as const;
type Comparison = (typeof comparisons)[number];

/** 422 at one place of the body. */
export function misplaced(pointer: string, detail: string): DatakeepError {
  return DatakeepError.invalid([{ pointer, code: 'type', detail }]);
}

/** A filter as the query language writes it (api.md); metadata dates as RFC 3339. */
export function filterToJson(filter: Filter, kinds: Kinds): object {
  switch (filter.node) {
    case 'and':
    case 'or':
      return { [filter.node]: filter.children.map((child) => filterToJson(child, kinds)) };
    case 'not':
      return { not: filterToJson(filter.child, kinds) };
    case 'in':
      return { [filter.field]: { in: filter.values.map((value) => toWire(value, kinds[filter.field])) } };
    case 'exists':
      return { [filter.field]: { exists: true } };
    default:
      return { [filter.field]: { [filter.node]: toWire(filter.value, kinds[filter.field]) } };
  }
}

/**
 * The filter that a query in the language of api.md has. Throws 422 where it has none. Not by `parseFilter` of
 * `libs/events`: the port answers trees that no app may write, such as one level deeper by rights, or `lt` of a
 * boolean.
 */
export function filterFromJson(json: unknown, kinds: Kinds, pointer = '/filter'): Filter {
  const parts = Object.entries(objectAt(json, pointer)).map(([name, value]): Filter => {
    const place = `${pointer}/${pointerSegment(name)}`;
    if (name === 'and' || name === 'or') {
      if (!Array.isArray(value)) throw misplaced(place, 'This must be a list of filters.');
      return { node: name, children: value.map((child, index) => filterFromJson(child, kinds, `${place}/${index}`)) };
    }
    if (name === 'not') return { node: 'not', child: filterFromJson(value, kinds, place) };
    if (isScalar(value)) return { node: 'eq', field: name, value: fromWire(value, kinds[name]) };
    return together(
      Object.entries(objectAt(value, place)).map(([operator, operand]) =>
        condition(name, operator, operand, kinds[name], place),
      ),
    );
  });
  return together(parts);
}

function condition(
  field: string,
  operator: string,
  operand: unknown,
  kind: FieldKind | undefined,
  place: string,
): Filter {
  if (operator === 'exists' && typeof operand === 'boolean') {
    const exists: Filter = { node: 'exists', field };
    return operand ? exists : { node: 'not', child: exists };
  }
  if ((operator === 'in' || operator === 'nin') && Array.isArray(operand) && operand.every(isScalar)) {
    const anyOf: Filter = { node: 'in', field, values: operand.map((value) => fromWire(value, kind)) };
    return operator === 'in' ? anyOf : { node: 'not', child: anyOf };
  }
  if (isScalar(operand)) {
    const value = fromWire(operand, kind);
    if (operator === 'ne') return { node: 'not', child: { node: 'eq', field, value } };
    if (isComparison(operator)) return { node: operator, field, value };
  }
  throw misplaced(`${place}/${operator}`, 'There is no such operator, or it does not take that value.');
}

const together = (parts: Filter[]): Filter => (parts.length === 1 ? parts[0]! : { node: 'and', children: parts });
const isComparison = (name: string): name is Comparison => (comparisons as readonly string[]).includes(name);
const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

export function objectAt(value: unknown, pointer: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw misplaced(pointer, 'This must be a JSON object.');
  return value as Record<string, unknown>;
}

export const dateText = (ms: number): string => new Date(ms).toISOString();

function toWire(value: Scalar, kind: FieldKind | undefined): Scalar {
  return kind === 'date' && typeof value === 'number' && !Number.isNaN(new Date(value).getTime())
    ? dateText(value)
    : value;
}

function fromWire(value: Scalar, kind: FieldKind | undefined): Scalar {
  if (kind !== 'date' || typeof value !== 'string') return value;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? value : ms;
}
