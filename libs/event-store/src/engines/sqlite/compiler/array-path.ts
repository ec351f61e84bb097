import { comparison, type Test } from './comparison.ts';
import { payloadSteps, pathLiteral } from './field.ts';
import type { Fragment } from './fragment.ts';
import { fragment } from './fragment.ts';

/** `json_each` over the value at one step: the elements of an array, or the value itself as the only row. */
function elements(document: string, step: string): string {
  const path = pathLiteral([step]);
  const text = `${document} -> ${path}`;
  return `json_each(CASE json_type(${document},${path}) WHEN 'array' THEN ${text} ELSE '[' || (${text}) || ']' END)`;
}

/** The object that row `alias` holds, or NULL: a string may look like JSON text, so the type decides. */
const objectOf = (alias: string): string => `CASE ${alias}.type WHEN 'object' THEN ${alias}.value END`;

/** The FROM list that walks the steps but the last: where a value is an array its elements are tried, one level for each step. */
function walk(steps: readonly string[]): string[] {
  return steps.map((step, index) => `${elements(index === 0 ? 'payload' : objectOf(`e${index}`), step)} AS e${index + 1}`);
}

/** True if the test holds for the value, or any element, at the end of the path. Two-valued. */
export function anyElement(field: string, test: Test): Fragment {
  const steps = payloadSteps(field);
  const parents = steps.slice(0, -1);
  const parent = parents.length === 0 ? 'payload' : objectOf(`e${parents.length}`);
  const from = [...walk(parents), `json_each(${parent},${pathLiteral(steps.slice(-1))}) AS leaf`].join(', ');
  const condition = comparison({ value: 'leaf.value', jsonType: 'leaf.type' }, test);
  // json_each gives an array's elements (the key is a number), a scalar as its only row (no key), and an object's members, which are not meant.
  return fragment(`EXISTS (SELECT 1 FROM ${from} WHERE typeof(leaf.key) <> 'text' AND ${condition.sql})`, ...condition.values);
}

/** True if the member is there at the end of any walk, whatever its value. Two-valued. */
export function anyPresent(field: string): Fragment {
  const steps = payloadSteps(field);
  const parents = steps.slice(0, -1);
  const path = pathLiteral(steps.slice(-1));
  if (parents.length === 0) return fragment(`json_type(payload,${path}) IS NOT NULL`);
  const from = walk(parents).join(', ');
  return fragment(`EXISTS (SELECT 1 FROM ${from} WHERE json_type(${objectOf(`e${parents.length}`)},${path}) IS NOT NULL)`);
}
