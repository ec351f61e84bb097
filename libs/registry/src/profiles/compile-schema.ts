import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

import { countedKeywords, countedVisit, workKeyword, type Visit } from './counted-keywords.ts';
import { safePattern } from './safe-pattern.ts';
import { linkReferences } from './schema-references.ts';
import { readTree } from './schema-tree.ts';
import { formats, isAnnotation, longestFormatted, type Dialect } from './schema-vocabulary.ts';
import { beginPayload, spend } from './validation-budget.ts';

const options: Options = {
  // Unknown keywords, formats and ignored keywords are mistakes; whether `required` members are described and tuples
  // closed is a matter of style.
  strict: true,
  strictRequired: false,
  strictTuples: false,
  allowUnionTypes: true,
  allErrors: false,
  $data: false,
  code: { regExp: safePattern },
  // A failed compile would print the generated code, megabytes of it.
  logger: false,
  // Done once beforehand, by `metaSchemaFailure`.
  validateSchema: false,
};

/**
 * Compiles one schema in a new Ajv instance, so that nothing of it is kept. Only for schemas that passed `checkSchema`.
 * Throws Ajv's errors.
 */
export function compileSchema(schema: unknown, dialect: Dialect): ValidateFunction {
  const ajv = newAjv(dialect).addKeyword(countedVisit);
  for (const keyword of countedKeywords) ajv.removeKeyword(keyword.keyword as string).addKeyword(keyword);
  for (const name of formats) ajv.addFormat(name, bounded(ajvFormats.default.get(name)));
  ajv.addVocabulary(annotationsOf(schema));
  return ajv.compile(counted(schema, dialect) as object | boolean);
}

const byName = ['additionalProperties', 'patternProperties', 'propertyNames', 'unevaluatedProperties'];

/**
 * A copy in which each schema that may be evaluated many times counts its evaluations: those of elements, of unnamed
 * members, and of branches and references. The schema's text bounds the cost of one evaluation; schemas that it leads
 * to many times count themselves.
 */
function counted(schema: unknown, dialect: Dialect): unknown {
  const copy: unknown = structuredClone(schema);
  const nodes = readTree(copy, dialect);
  linkReferences(nodes);
  const visited = new Map<object, Visit>();
  for (const { edges } of nodes.values())
    for (const { keyword, reach, to } of edges) {
      if (keyword === 'properties' || reach === 'store' || typeof to.schema !== 'object' || to.schema === null)
        continue;
      const keywords = to.schema;
      // A schema that accepts everything is not asked at all.
      if (Object.keys(keywords).length > 0)
        visited.set(keywords, {
          units: valuesIn(keywords),
          byName: reach === 'here' && byName.some((name) => Object.hasOwn(keywords, name)),
        });
    }
  for (const [keywords, visit] of visited) Object.assign(keywords, { [workKeyword]: visit });
  return copy;
}

function valuesIn(value: object): number {
  let count = 0;
  JSON.stringify(value, (_name, inner: unknown) => {
    count += 1;
    return inner;
  });
  return count;
}

/** The dialect's own schema names few alternatives; a schema has 64 KiB at most. */
const metaSchemaBytes = 1_048_576;

const judges = new Map<Dialect, Ajv>();

/** Where the schema breaks its dialect's own schema, or undefined. The first call for a dialect compiles that one. */
export function metaSchemaFailure(schema: unknown, dialect: Dialect): string | undefined {
  const judge = judges.get(dialect) ?? newAjv(dialect);
  judges.set(dialect, judge);
  beginPayload(metaSchemaBytes);
  return judge.validateSchema(schema as object | boolean) === true
    ? undefined
    : judge.errorsText(judge.errors, { dataVar: 'schema' });
}

function newAjv(dialect: Dialect): Ajv {
  return dialect === '2020-12' ? (new Ajv2020(options) as unknown as Ajv) : new Ajv(options);
}

type Format = ReturnType<typeof ajvFormats.default.get>;

/** The same format for strings of bearable length; longer ones do not have it. */
function bounded(format: Format): (text: string) => boolean {
  const rule: unknown = typeof format === 'object' && 'validate' in format ? format.validate : format;
  const check = rule instanceof RegExp ? (text: string) => rule.test(text) : (rule as (text: string) => boolean);
  return (text) => {
    if (text.length > longestFormatted) return false;
    spend(text.length);
    return check(text);
  };
}

function annotationsOf(schema: unknown): string[] {
  const names = new Set<string>();
  JSON.stringify(schema, (key, value: unknown) => {
    if (isAnnotation(key)) names.add(key);
    return value;
  });
  return [...names];
}
