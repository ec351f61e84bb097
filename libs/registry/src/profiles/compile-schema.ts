import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

import { countedWork, enumInSet, workKeyword } from './ajv-keywords.ts';
import { beginPayload, safePattern } from './safe-pattern.ts';
import { placeCosts } from './schema-cost.ts';
import { formats, isAnnotation, longestFormatted, metadataKeywords, type Dialect } from './schema-vocabulary.ts';
import { simplified } from './simple-schema.ts';

const options: Options = {
  // Unknown keywords, formats and ignored keywords are mistakes; whether `required` members are described and tuples closed is a matter of style.
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

/** Compiles one schema in an Ajv of its own, so that nothing of it stays behind. Only for schemas that `checkSchema` let pass. Throws Ajv's errors. */
export function compileSchema(schema: unknown, dialect: Dialect): ValidateFunction {
  const ajv = newAjv(dialect);
  ajv.removeKeyword('enum').addKeyword(enumInSet).addKeyword(countedWork);
  for (const name of formats) ajv.addFormat(name, bounded(ajvFormats.default.get(name)));
  ajv.addVocabulary(annotationsOf(schema));
  return ajv.compile(counted(schema, dialect) as object | boolean);
}

/** The schema with the work of each member, element and name counted before it is done. */
function counted(schema: unknown, dialect: Dialect): unknown {
  const simple = simplified(schema, dialect);
  const costs = placeCosts(simple.nodes.values());
  for (const { edges } of simple.nodes.values())
    for (const { reach, to } of edges) {
      if (reach === 'here' || reach === 'store' || typeof to.schema !== 'object' || to.schema === null) continue;
      // A schema that accepts everything is not asked at all.
      if (Object.keys(to.schema).every((name) => metadataKeywords.has(name) || isAnnotation(name))) continue;
      Object.assign(to.schema, { [workKeyword]: costs.get(to) });
    }
  return simple.schema;
}

const judges = new Map<Dialect, Ajv>();

/** Where the schema breaks its dialect's own schema, or undefined. The first call for a dialect compiles that one. */
export function metaSchemaFailure(schema: unknown, dialect: Dialect): string | undefined {
  const judge = judges.get(dialect) ?? newAjv(dialect);
  judges.set(dialect, judge);
  beginPayload();
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
  const check =
    typeof format === 'function'
      ? format
      : format instanceof RegExp
        ? (text: string) => format.test(text)
        : typeof format === 'object' && 'validate' in format && !format.async
          ? asCheck(format.validate)
          : undefined;
  if (!check) throw new TypeError('a format cannot be read');
  return (text) => text.length <= longestFormatted && check(text) === true;
}

function asCheck(validate: unknown): ((text: string) => unknown) | undefined {
  if (typeof validate === 'function') return (text) => (validate as (text: string) => unknown)(text);
  return validate instanceof RegExp ? (text) => validate.test(text) : undefined;
}

function annotationsOf(schema: unknown): string[] {
  const names = new Set<string>();
  JSON.stringify(schema, (key, value: unknown) => {
    if (isAnnotation(key)) names.add(key);
    return value;
  });
  return [...names];
}
