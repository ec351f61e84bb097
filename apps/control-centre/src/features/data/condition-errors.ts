import { ProblemError } from '../../api/problem.ts';
import { allConditions, faultOf, type FilterForm } from './filter-form.ts';
import { buildFilter } from './filter-json.ts';

/** What is wrong with each condition, by its id: the keep's words, or what the page sees once one has tried. */
export function conditionErrors(form: FilterForm, error: unknown, tried: boolean): ReadonlyMap<number, string> {
  const errors = new Map<number, string>();
  const { ids } = buildFilter(form);
  if (error instanceof ProblemError)
    for (const { pointer, detail } of error.problem.errors ?? [])
      for (const [at, id] of ids) if (pointer === at || pointer.startsWith(`${at}/`)) errors.set(id, detail);
  if (tried)
    for (const condition of allConditions(form)) {
      const fault = faultOf(condition);
      if (fault !== undefined) errors.set(condition.id, fault);
    }
  return errors;
}
