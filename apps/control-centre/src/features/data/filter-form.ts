import { numberFault } from '../../components/code/json-places.ts';
import type { Field, FieldKind } from './fields.ts';

/** What kind of value a condition compares with. */
export type ValueKind = 'text' | 'number' | 'boolean' | 'date';

export type FormOperator =
  | 'eq'
  | 'ne'
  | 'lt'
  | 'lte'
  | 'gt'
  | 'gte'
  | 'in'
  | 'nin'
  | 'prefix'
  | 'contains'
  | 'exists'
  | 'absent'
  | 'null'
  | 'not-null';

export interface Condition {
  readonly type: 'condition';
  /** Of this page only: identifies a condition while it is edited. */
  readonly id: number;
  readonly field: string;
  readonly operator: FormOperator;
  readonly kind: ValueKind;
  /** As typed. Several for `in` and `nin`, none where the operator takes no value. */
  readonly texts: readonly string[];
}

export interface ConditionGroup {
  readonly type: 'group';
  readonly id: number;
  readonly match: 'all' | 'any';
  readonly conditions: readonly Condition[];
}

/** What the form can say: conditions and groups of conditions, all or any of which hold. */
export interface FilterForm {
  readonly match: 'all' | 'any';
  readonly parts: readonly (Condition | ConditionGroup)[];
}

let lastId = 0;
export function newId(): number {
  lastId += 1;
  return lastId;
}

const comparisons = { lt: 'is less than', lte: 'is at most', gt: 'is more than', gte: 'is at least' } as const;
const presence = {
  exists: 'is there',
  absent: 'is absent',
  null: 'is empty (null)',
  'not-null': 'is not empty (null)',
} as const;

const wordsOf: Readonly<Record<FieldKind, Partial<Record<FormOperator, string>>>> = {
  string: {
    eq: 'is',
    ne: 'is not',
    in: 'is one of',
    nin: 'is none of',
    contains: 'contains',
    prefix: 'begins with',
    lt: 'comes before',
    lte: 'is or comes before',
    gt: 'comes after',
    gte: 'is or comes after',
    ...presence,
  },
  number: { eq: 'is', ne: 'is not', ...comparisons, in: 'is one of', nin: 'is none of', ...presence },
  boolean: { eq: 'is', ne: 'is not', ...presence },
  date: {
    gte: 'is at or after',
    lt: 'is before',
    gt: 'is after',
    lte: 'is at or before',
    eq: 'is exactly',
    ne: 'is not',
  },
  any: {
    eq: 'is',
    ne: 'is not',
    ...comparisons,
    in: 'is one of',
    nin: 'is none of',
    contains: 'contains',
    prefix: 'begins with',
    ...presence,
  },
};

/** The operators that make sense for a field of this kind, in words. */
export function operatorsOf(kind: FieldKind): readonly { readonly value: FormOperator; readonly label: string }[] {
  return Object.entries(wordsOf[kind]).map(([value, label]) => ({ value: value as FormOperator, label }));
}

export function operatorLabel(operator: FormOperator, kind: FieldKind): string {
  return wordsOf[kind][operator] ?? wordsOf.any[operator] ?? operator;
}

const withoutValue: ReadonlySet<FormOperator> = new Set(['exists', 'absent', 'null', 'not-null']);

export function takesValue(operator: FormOperator): 'none' | 'one' | 'list' {
  if (withoutValue.has(operator)) return 'none';
  return operator === 'in' || operator === 'nin' ? 'list' : 'one';
}

/** Of an undescribed field the first guess is text; the form lets one say otherwise. */
export function valueKindOf(kind: FieldKind): ValueKind {
  return kind === 'string' || kind === 'any' ? 'text' : kind;
}

export function newCondition(field: Field): Condition {
  const operator = operatorsOf(field.kind)[0]!.value;
  const kind = valueKindOf(field.kind);
  return { type: 'condition', id: newId(), field: field.path, operator, kind, texts: firstTexts(operator, kind) };
}

function firstTexts(operator: FormOperator, kind: ValueKind): readonly string[] {
  if (takesValue(operator) !== 'one') return [];
  return [kind === 'boolean' ? 'true' : ''];
}

/** The condition with another field or operator; what was typed stays where it still makes sense. */
export function changed(condition: Condition, change: Partial<Condition>, field: Field): Condition {
  const kind = change.kind ?? (change.field === undefined ? condition.kind : valueKindOf(field.kind));
  const known = operatorsOf(field.kind).some(({ value }) => value === condition.operator);
  const operator = change.operator ?? (change.field === undefined || known ? condition.operator : 'eq');
  const needs = takesValue(operator);
  const sameKind = kind === condition.kind;
  let texts = change.texts ?? (sameKind ? condition.texts : []);
  if (needs === 'none') texts = [];
  if (needs === 'one') texts = texts.length === 0 ? firstTexts(operator, kind) : texts.slice(0, 1);
  if (needs === 'list') texts = texts.filter((text) => text !== '');
  return { ...condition, ...change, kind, operator, texts };
}

/** What is wrong with what was typed, before the keep sees it. */
export function faultOf({ operator, kind, texts }: Condition): string | undefined {
  if (takesValue(operator) === 'none') return undefined;
  if (kind === 'number') {
    if (texts.some((text) => !isNumber(text))) return 'Type a number.';
    if (texts.length === 0) return 'Type at least one number, and press Enter after each.';
    const [inexact] = texts.flatMap((text) => numberFault(text.trim()) ?? []);
    if (inexact !== undefined) return inexact;
  }
  if (kind === 'date' && texts.some((text) => Number.isNaN(Date.parse(text)))) return 'Choose a date and a time.';
  return undefined;
}

export function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

export function allConditions({ parts }: FilterForm): readonly Condition[] {
  return parts.flatMap((part) => (part.type === 'condition' ? [part] : part.conditions));
}
