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

/** The FROM list that walks all steps: where a value is an array its elements are tried, one level for each step. */
function walk(steps: readonly string[]): string {
  return steps.map((step, index) => `${elements(index === 0 ? 'payload' : objectOf(`e${index}`), step)} AS e${index + 1}`).join(', ');
}

/** True if the test holds for the value, or any element, at the end of the path. Two-valued. */
export function anyElement(field: string, test: Test): Fragment {
  const steps = payloadSteps(field);
  const last = `e${steps.length}`;
  const condition = comparison({ value: `${last}.value`, jsonType: `${last}.type` }, test);
  return fragment(`EXISTS (SELECT 1 FROM ${walk(steps)} WHERE ${condition.sql})`, ...condition.values);
}

/** True if the member is there at the end of any walk, whatever its value. Two-valued. */
export function anyPresent(field: string): Fragment {
  const steps = payloadSteps(field);
  const last = steps.at(-1) as string;
  if (steps.length === 1) return fragment(`json_type(payload,${pathLiteral([last])}) IS NOT NULL`);
  const parent = objectOf(`e${steps.length - 1}`);
  return fragment(`EXISTS (SELECT 1 FROM ${walk(steps.slice(0, -1))} WHERE json_type(${parent},${pathLiteral([last])}) IS NOT NULL)`);
}
