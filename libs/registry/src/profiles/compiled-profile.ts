import type { CompiledProfile, SchemaFailure } from '@datakeep/contracts';
import { pointerSegment } from '@datakeep/kernel';
import type { ErrorObject, ValidateFunction } from 'ajv';

import { fieldKindOf } from './field-kinds.ts';
import { beginPayload, ValidationBudgetExceeded } from './validation-budget.ts';

/** The profile around a compiled schema. A payload that abides costs one call of Ajv's function and no allocation. */
export function compiledProfile(
  name: string,
  schema: CompiledProfile['schema'],
  check: ValidateFunction,
): CompiledProfile {
  return {
    name,
    schema,
    validate: (payload, bytes) => {
      beginPayload(bytes);
      try {
        return check(payload) ? undefined : failureOf(check.errors);
      } catch (error) {
        return error instanceof ValidationBudgetExceeded
          ? {
              pointer: '',
              detail: 'schema: validating the payload takes too long: its strings are too long, or its lists too many',
              tooDear: true,
            }
          : { pointer: '', detail: 'schema: the payload cannot be validated' };
      }
    },
    fieldKind: (path) => fieldKindOf(schema, path),
  };
}

/** Keywords whose error comes last, after those of their branches, and names the place better than they do. */
const combiners = new Set(['anyOf', 'oneOf', 'not']);

function failureOf(errors: readonly ErrorObject[] | null | undefined): SchemaFailure {
  const last = errors?.at(-1);
  if (!errors || !last) return { pointer: '', detail: 'schema: the payload does not abide' };
  const error = combiners.has(last.keyword) ? last : (errors.findLast((one) => one.keyword !== 'if') ?? last);
  return { pointer: error.instancePath + extraPointer(error), detail: `${error.keyword}: ${messageOf(error)}` };
}

/** A member that may not be there is itself the wrong place. */
function extraPointer({ params }: ErrorObject): string {
  const name: unknown = params['additionalProperty'] ?? params['unevaluatedProperty'] ?? params['propertyName'];
  return typeof name === 'string' ? `/${pointerSegment(name)}` : '';
}

/** Ajv's message, but for those that would print a part of the schema of any length. */
function messageOf(error: ErrorObject): string {
  if (error.keyword === 'pattern') return 'must match the pattern';
  return (error.message ?? 'does not abide').slice(0, 200);
}
