import { comparison, type Test } from './comparison.ts';
import { payloadSteps, pathLiteral, pathText } from './field.ts';
import { fragment, type Fragment } from './fragment.ts';

/*
 * A path that may meet arrays: where a value is an array its elements are tried, one level for each step, and at the end a scalar or each
 * element of one array is compared. Both forms below are two-valued and mean the same; the short one is faster.
 */

/** Beyond these the text of 50 comparisons would not fit into the reading connection's limit on SQL, nor deep paths into a join's limit on tables. */
const inlineSteps = 2;
const inlineLength = 60;

/** Whether a field's path is bound as a value and walked by recursion, instead of written into the statement. */
export const isWalked = (field: string): boolean =>
  field.length > inlineLength || payloadSteps(field).length > inlineSteps;

/** The object in a row of `json_each`, or NULL: a string may look like JSON text, so the type decides. */
const objectOf = (row: string): string => `CASE ${row}.type WHEN 'object' THEN ${row}.value END`;

/** `json_each` over the value at one step: the elements of an array, or the value itself as the only row. */
function elements(document: string, path: string): string {
  const text = `${document} -> ${path}`;
  return `json_each(CASE json_type(${document},${path}) WHEN 'array' THEN ${text} ELSE '[' || (${text}) || ']' END)`;
}

const rowBefore = (index: number): string => (index === 0 ? 'payload' : objectOf(`e${index}`));

function inline(steps: readonly string[]): string[] {
  return steps.map((step, index) => `${elements(rowBefore(index), pathLiteral([step]))} AS e${index + 1}`);
}

/** FROM and what stands before it: `walk` holds every value reached, with its depth, arrays opened. Binds the steps' paths as one JSON array. */
const recursion = `WITH RECURSIVE step(at, path) AS (SELECT key, value FROM json_each(?)), walk(depth, value, type) AS (SELECT 0, payload, 'object'
  UNION ALL SELECT walk.depth + 1, e.value, e.type FROM walk JOIN step ON step.at = walk.depth JOIN ${elements(objectOf('walk'), 'step.path')} AS e)`;

const pathList = (steps: readonly string[]): string => JSON.stringify(steps.map((step) => pathText([step])));

/** True if the test holds for the value, or any element, at the end of the path. */
export function anyElement(field: string, test: Test): Fragment {
  const steps = payloadSteps(field);
  if (isWalked(field)) {
    const condition = comparison({ value: 'walk.value', jsonType: 'walk.type' }, test);
    const sql = `EXISTS (${recursion} SELECT 1 FROM walk WHERE walk.depth = ? AND ${condition.sql})`;
    return fragment(sql, pathList(steps), steps.length, ...condition.values);
  }
  const parents = steps.slice(0, -1);
  const from = [
    ...inline(parents),
    `json_each(${rowBefore(parents.length)},${pathLiteral(steps.slice(-1))}) AS leaf`,
  ].join(', ');
  const condition = comparison({ value: 'leaf.value', jsonType: 'leaf.type' }, test);
  // json_each gives an array's elements (the key is a number), a scalar as its only row (no key), and an object's members, which are not meant.
  return fragment(
    `EXISTS (SELECT 1 FROM ${from} WHERE typeof(leaf.key) <> 'text' AND ${condition.sql})`,
    ...condition.values,
  );
}

/** True if the member is there at the end of any walk, whatever its value. */
export function anyPresent(field: string): Fragment {
  const steps = payloadSteps(field);
  const parents = steps.slice(0, -1);
  if (isWalked(field)) {
    const sql = `EXISTS (${recursion} SELECT 1 FROM walk WHERE walk.depth = ? AND json_type(${objectOf('walk')}, ?) IS NOT NULL)`;
    return fragment(sql, pathList(parents), parents.length, pathText(steps.slice(-1)));
  }
  const path = pathLiteral(steps.slice(-1));
  if (parents.length === 0) return fragment(`json_type(payload,${path}) IS NOT NULL`);
  return fragment(
    `EXISTS (SELECT 1 FROM ${inline(parents).join(', ')} WHERE json_type(${rowBefore(parents.length)},${path}) IS NOT NULL)`,
  );
}
