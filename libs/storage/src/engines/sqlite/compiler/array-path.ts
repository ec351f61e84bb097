import { perElement, perRow } from './budget.ts';
import { comparison, type Comparison } from './comparison.ts';
import { payloadSteps, pathLiteral, pathText } from './field.ts';
import { fragment, type Fragment } from './fragment.ts';

/*
 * A path that may meet arrays: where a value is an array its elements are tried, one level for each step, and at the
 * end a scalar or each element of one array is compared. Both forms below are two-valued and equivalent; the short one
 * is faster.
 */

/**
 * With more steps, the text of 50 comparisons would exceed the reading connection's limit on SQL, and deep paths a
 * join's limit on tables.
 */
const inlineSteps = 2;
const inlineLength = 60;

/** Whether a field's path is bound as a value and walked by recursion, instead of written into the statement. */
const isWalked = (field: string): boolean => field.length > inlineLength || payloadSteps(field).length > inlineSteps;

/** The object in a row of `json_each`, or NULL: a string may look like JSON text, so the type decides. */
const objectOf = (row: string): string => `CASE ${row}.type WHEN 'object' THEN ${row}.value END`;

/** `json_each` over the value at one step: the elements of an array, or the value itself as the only row. */
function elements(document: string, path: string): string {
  const text = `${document} -> ${path}`;
  return `json_each(CASE json_type(${document},${path}) WHEN 'array' THEN ${text} ELSE '[' || (${text}) || ']' END)`;
}

/**
 * The state of a walk over the path's parents: the text before the SELECT, its FROM, a term that holds for every row
 * that counts, and the current object.
 */
interface Parents {
  readonly with: Fragment;
  readonly from: readonly string[];
  readonly holds: Fragment;
  readonly object: string;
}

function inline(parents: readonly string[]): Parents {
  const rows = parents.map((_, index) => `e${index + 1}`);
  const holders = ['payload', ...rows.map(objectOf)];
  return {
    with: fragment(''),
    from: parents.map((step, index) => `${elements(holders[index]!, pathLiteral([step]))} AS ${rows[index]}`),
    holds: fragment(rows.map(perElement).join(' AND ') || '1'),
    object: holders.at(-1)!,
  };
}

/**
 * `walk` holds every object that the path reaches, with its depth and the next step's path. The steps' paths are bound
 * as one JSON array.
 */
function walked(parents: readonly string[]): Parents {
  const paths = JSON.stringify(parents.map((step) => pathText([step])));
  return {
    with: fragment(
      `WITH RECURSIVE walk(depth, value, path) AS (SELECT 0, payload, json_extract(?, '$[0]')
  UNION ALL SELECT walk.depth + 1, e.value, json_extract(?, '$[' || (walk.depth + 1) || ']')
  FROM walk JOIN ${elements('walk.value', 'walk.path')} AS e
  WHERE ${perRow} AND ${perElement('e')} AND e.type = 'object')`,
      paths,
      paths,
    ),
    from: ['walk'],
    holds: fragment('walk.depth = ?', parents.length),
    object: 'walk.value',
  };
}

/** True if the test holds for the value, or any element, at the end of the path. */
export function anyElement(leaf: Comparison): Fragment {
  const { field } = leaf;
  const steps = payloadSteps(field);
  const parents = (isWalked(field) ? walked : inline)(steps.slice(0, -1));
  const ends = fragment(`json_each(${parents.object},?) AS leaf`, pathText(steps.slice(-1)));
  const condition = comparison({ value: 'leaf.value', jsonType: 'leaf.type' }, leaf);
  // json_each yields an array's elements (the key is a number), a scalar as its only row (no key), and an object's
  // members, which must not match.
  return {
    sql: `EXISTS (${parents.with.sql} SELECT 1 FROM ${[...parents.from, ends.sql].join(', ')}
  WHERE ${parents.holds.sql} AND ${perElement('leaf')} AND typeof(leaf.key) <> 'text' AND ${condition.sql})`,
    values: [...parents.with.values, ...ends.values, ...parents.holds.values, ...condition.values],
  };
}

/** True if the member is there at the end of any walk, whatever its value. */
export function anyPresent(field: string): Fragment {
  const steps = payloadSteps(field);
  const last = pathText(steps.slice(-1));
  if (!isWalked(field) && steps.length === 1) return fragment('json_type(payload,?) IS NOT NULL', last);
  const parents = (isWalked(field) ? walked : inline)(steps.slice(0, -1));
  return {
    sql: `EXISTS (${parents.with.sql} SELECT 1 FROM ${parents.from.join(', ')}
  WHERE ${parents.holds.sql} AND json_type(${parents.object},?) IS NOT NULL)`,
    values: [...parents.with.values, ...parents.holds.values, last],
  };
}
