import {
  isNumber,
  newId,
  takesValue,
  type Condition,
  type ConditionGroup,
  type FilterForm,
  type FormOperator,
  type ValueKind,
} from './filter-form.ts';

/** A filter of the query language, as JSON. */
export type Filter = Readonly<Record<string, unknown>>;

/** The filter of the form, and the position of each condition in it (JSON Pointer to the condition's id). */
export interface BuiltFilter {
  readonly filter: Filter;
  readonly ids: ReadonlyMap<string, number>;
}

export function buildFilter(form: FilterForm): BuiltFilter {
  const ids = new Map<string, number>();
  return { filter: build(form.match, form.parts, '/filter', ids), ids };
}

function build(
  match: 'all' | 'any',
  parts: readonly (Condition | ConditionGroup)[],
  pointer: string,
  ids: Map<string, number>,
): Filter {
  if (parts.length === 0) return {};
  if (match === 'any') return { or: parts.map((part, index) => buildPart(part, `${pointer}/or/${index}`, ids)) };
  const filter: Record<string, unknown> = {};
  const rest: (Condition | ConditionGroup)[] = [];
  for (const part of parts) {
    if (part.type === 'condition' && join(filter, part, pointer, ids)) continue;
    rest.push(part);
  }
  const [only] = rest;
  if (rest.length === 1 && only?.type === 'group' && only.match === 'any' && only.conditions.length > 0)
    return { ...filter, ...build('any', only.conditions, pointer, ids) };
  if (rest.length > 0) filter['and'] = rest.map((part, index) => buildPart(part, `${pointer}/and/${index}`, ids));
  return filter;
}

function buildPart(part: Condition | ConditionGroup, pointer: string, ids: Map<string, number>): Filter {
  return part.type === 'group' ? build(part.match, part.conditions, pointer, ids) : build('all', [part], pointer, ids);
}

/** Puts a condition beside those that are there; false where its field already has that operator. */
function join(
  filter: Record<string, unknown>,
  condition: Condition,
  pointer: string,
  ids: Map<string, number>,
): boolean {
  const [operator, value] = operationOf(condition);
  const there = Object.hasOwn(filter, condition.field) ? filter[condition.field] : undefined;
  const isBare = there !== undefined && (typeof there !== 'object' || there === null);
  if (there !== undefined && (isBare || operator === 'eq' || Object.hasOwn(there as object, operator))) return false;
  const at = `${pointer}/${pointerSegment(condition.field)}`;
  if (operator === 'eq') {
    filter[condition.field] = value;
    ids.set(at, condition.id);
    return true;
  }
  filter[condition.field] = { ...(there as object | undefined), [operator]: value };
  ids.set(`${at}/${operator}`, condition.id);
  return true;
}

export function pointerSegment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function operationOf({ operator, kind, texts }: Condition): readonly [string, unknown] {
  if (operator === 'exists' || operator === 'absent') return ['exists', operator === 'exists'];
  if (operator === 'null') return ['eq', null];
  if (operator === 'not-null') return ['ne', null];
  if (takesValue(operator) === 'list') return [operator, texts.map((text) => valueOf(text, kind))];
  return [operator, valueOf(texts[0] ?? '', kind)];
}

function valueOf(text: string, kind: ValueKind): unknown {
  if (kind === 'number') return isNumber(text) ? Number(text) : text;
  return kind === 'boolean' ? text === 'true' : text;
}

/**
 * The form that is equivalent to a filter; undefined where no form is (`not`, deeper nesting, a list of unlike values).
 */
export function formOf(filter: unknown): FilterForm | undefined {
  try {
    return readForm(filter);
  } catch (error) {
    if (error instanceof Unsayable) return undefined;
    throw error;
  }
}

class Unsayable extends Error {}

function readForm(filter: unknown): FilterForm {
  const entries = entriesOf(filter);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === 'or') return { match: 'any', parts: listOf(first[1]).map(readAnyPart) };
  const parts: (Condition | ConditionGroup)[] = [];
  for (const [name, value] of entries) {
    if (name === 'and') parts.push(...listOf(value).flatMap(readAllPart));
    else if (name === 'or')
      parts.push(
        groupOf(
          'any',
          listOf(value).flatMap((part) => single(conditionsOf(part))),
        ),
      );
    else parts.push(...readField(name, value));
  }
  return { match: 'all', parts };
}

/** An element of the outermost `and`. */
function readAllPart(filter: unknown): readonly (Condition | ConditionGroup)[] {
  const entries = entriesOf(filter);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === 'or')
    return [
      groupOf(
        'any',
        listOf(first[1]).flatMap((part) => single(conditionsOf(part))),
      ),
    ];
  return conditionsOf(filter);
}

/** An element of the outermost `or`. */
function readAnyPart(filter: unknown): Condition | ConditionGroup {
  const conditions = conditionsOf(filter);
  return conditions.length === 1 ? conditions[0]! : groupOf('all', conditions);
}

function groupOf(match: 'all' | 'any', conditions: readonly Condition[]): ConditionGroup {
  return { type: 'group', id: newId(), match, conditions };
}

function single(conditions: readonly Condition[]): readonly Condition[] {
  if (conditions.length !== 1) throw new Unsayable();
  return conditions;
}

/** Conditions all of which hold, without combiners but an `and` of more of them. */
function conditionsOf(filter: unknown): readonly Condition[] {
  const conditions = entriesOf(filter).flatMap(([name, value]) =>
    name === 'and' ? listOf(value).flatMap((part) => conditionsOf(part)) : readField(name, value),
  );
  if (conditions.length === 0) throw new Unsayable();
  return conditions;
}

function entriesOf(filter: unknown): readonly (readonly [string, unknown])[] {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) throw new Unsayable();
  return Object.entries(filter);
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw new Unsayable();
  return value;
}

function readField(field: string, value: unknown): readonly Condition[] {
  if (!field.startsWith('payload.') && !field.startsWith('metadata.')) throw new Unsayable();
  if (typeof value !== 'object' || value === null) return [readOperation(field, 'eq', value)];
  const entries = entriesOf(value);
  if (entries.length === 0) throw new Unsayable();
  return entries.map(([operator, operand]) => readOperation(field, operator, operand));
}

const sayable: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'nin', 'prefix', 'contains']);

function readOperation(field: string, operator: string, operand: unknown): Condition {
  const base = { type: 'condition' as const, id: newId(), field };
  if (operator === 'exists' && typeof operand === 'boolean')
    return { ...base, operator: operand ? 'exists' : 'absent', kind: 'text', texts: [] };
  if (!sayable.has(operator)) throw new Unsayable();
  if (operand === null && (operator === 'eq' || operator === 'ne'))
    return { ...base, operator: operator === 'eq' ? 'null' : 'not-null', kind: 'text', texts: [] };
  const isList = operator === 'in' || operator === 'nin';
  if (isList !== Array.isArray(operand)) throw new Unsayable();
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  const kinds = new Set(values.map((value) => kindOfValue(field, value)));
  if (kinds.size > 1) throw new Unsayable();
  const [kind = 'text'] = kinds;
  return { ...base, operator: operator as FormOperator, kind, texts: values.map(String) };
}

function kindOfValue(field: string, value: unknown): ValueKind {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value !== 'string') throw new Unsayable();
  return field === 'metadata.createdDate' || field === 'metadata.acceptedDate' ? 'date' : 'text';
}
