import type { Direction, IndexDefinition, IndexKey, IndexKeys } from './index-engine.ts';
import { nameOf } from './index-name.ts';
import { isSortable, type QueryShape } from './shape.ts';

/** Keys besides the profile and `id`: wider indexes cost every write (Azure and Dexter stop at 2). */
export const widest = 4;

export interface Candidate {
  readonly definition: IndexDefinition;
  /** How many of the keys are compared for equality. */
  readonly equality: number;
  readonly shapes: readonly QueryShape[];
}

export interface ShapeFacts {
  /** How selective an equality field is: the more distinct values among the samples, the more. */
  distinct(field: string): number;
  /** The range keeps less than 1 % of the profile's events, so that it goes before the sort (ERS). */
  readonly selectiveRange: boolean;
}

const ascending = (field: string): IndexKey => ({ field, direction: 'ascending' });
const turned = (direction: Direction): Direction => (direction === 'ascending' ? 'descending' : 'ascending');

/** The sort's keys as the index has them: `id` goes up, and the others turn with it. */
function sortKeys(shape: QueryShape): IndexKey[] {
  const flip = shape.sort.at(-1)?.direction === 'descending';
  return shape.sort.map(({ field, direction }) => ({ field, direction: flip ? turned(direction) : direction }));
}

/**
 * The index for one shape: equality, most selective first, then sort, then ranges (ESR), or ranges before the sort
 * where they are very selective (ERS). Undefined where no index of these keys would help: no field is compared, and the
 * sort cannot be served.
 */
export function candidateOf(shape: QueryShape, facts: ShapeFacts): Candidate | undefined {
  const equality = shape.equality
    .toSorted((a, b) => facts.distinct(b) - facts.distinct(a) || (a < b ? -1 : 1))
    .slice(0, widest);
  const inEquality = new Set(equality);
  // A field that is equal to one value orders nothing.
  const sort = shape.unserved ? [] : sortKeys(shape).filter(({ field }) => !inEquality.has(field));
  const ranges = shape.ranges.filter((field) => !inEquality.has(field));
  const servable = !shape.unserved && sort.every(({ field }) => isSortable(field));
  const keys: IndexKey[] = equality.map(ascending);
  let idAfter: number | null = null;
  if (ranges.length > 0 && facts.selectiveRange) {
    const before = new Set(ranges);
    keys.push(...ranges.map(ascending), ...sort.filter(({ field }) => !before.has(field) && isSortable(field)));
  } else {
    if (servable && shape.sort.length > 0 && keys.length + sort.length <= widest) {
      keys.push(...sort);
      idAfter = keys.length;
    }
    const before = new Set(keys.map(({ field }) => field));
    keys.push(...ranges.filter((field) => !before.has(field)).map(ascending));
  }
  if (keys.length === 0) return undefined;
  const definition = { profile: shape.profile, keys: keys.slice(0, widest), idAfter };
  return { definition: { name: nameOf(definition), ...definition }, equality: equality.length, shapes: [shape] };
}

const sameKey = (a: IndexKey | undefined, b: IndexKey | undefined): boolean =>
  a?.field === b?.field && a?.direction === b?.direction;

/** Whether `wide` serves every query that `narrow` serves: the same leading keys, and the sort where there is one. */
export function covers(wide: IndexKeys, narrow: IndexKeys): boolean {
  if (narrow.idAfter !== null && narrow.idAfter !== wide.idAfter) return false;
  return narrow.keys.length <= wide.keys.length && narrow.keys.every((key, index) => sameKey(key, wide.keys[index]));
}

/** As `covers`, where the order of the fields compared for equality does not matter. */
export function serves(
  index: IndexKeys,
  { definition, equality }: Pick<Candidate, 'definition' | 'equality'>,
): boolean {
  const place = new Map(index.keys.slice(0, equality).map(({ field }, at) => [field, at]));
  const front = definition.keys
    .slice(0, equality)
    .toSorted((a, b) => (place.get(a.field) ?? widest) - (place.get(b.field) ?? widest));
  return covers(index, { ...definition, keys: [...front, ...definition.keys.slice(equality)] });
}

/**
 * Whether two indexes have the same fields in any order: an index that was reverted in one order is not tried in
 * another.
 */
export function ofSameFields(a: IndexDefinition, b: IndexDefinition): boolean {
  const fields = ({ profile, keys }: IndexDefinition): string =>
    [profile, ...keys.map(({ field }) => field).toSorted()].join('\n');
  return fields(a) === fields(b);
}

/**
 * Whether an index makes the candidate needless; one without a profile is of all. Behind a served sort without an
 * equality, ranges alone do not justify an index.
 */
export function isCovered(
  candidate: Candidate,
  serving: readonly (IndexKeys & { readonly profile?: string })[],
): boolean {
  const { definition, equality } = candidate;
  return serving.some((index) => {
    if (index.profile !== undefined && index.profile !== definition.profile) return false;
    if (serves(index, candidate)) return true;
    return (
      equality === 0 &&
      definition.idAfter !== null &&
      covers(index, { ...definition, keys: definition.keys.slice(0, definition.idAfter) })
    );
  });
}

function equalitySet({ definition, equality }: Candidate): string {
  return definition.keys
    .slice(0, equality)
    .map(({ field }) => field)
    .toSorted()
    .join('\n');
}

/** The one of two that serves both, or undefined. */
function merged(a: Candidate, b: Candidate): Candidate | undefined {
  if (a.definition.profile !== b.definition.profile) return undefined;
  const both = [...a.shapes, ...b.shapes];
  if (covers(a.definition, b.definition)) return { ...a, shapes: both };
  if (covers(b.definition, a.definition)) return { ...b, shapes: both };
  const sorts = Number(a.definition.idAfter !== null) + Number(b.definition.idAfter !== null);
  if (sorts !== 1 || a.equality === 0 || equalitySet(a) !== equalitySet(b)) return undefined;
  return { ...(a.definition.idAfter === null ? b : a), shapes: both };
}

/** Merges candidates pairwise until no two can be. */
export function mergeCandidates(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    let current = candidate;
    for (let index = 0; index < kept.length; index += 1) {
      const both = merged(kept[index] as Candidate, current);
      if (!both) continue;
      kept.splice(index, 1);
      current = both;
      index = -1;
    }
    kept.push(current);
  }
  return kept;
}
