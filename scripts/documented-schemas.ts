import { fileURLToPath } from 'node:url';
import { createGenerator, type Schema } from 'ts-json-schema-generator';

/**
 * The component schemas of the folder's `Documented` as JSON, one a line. A type that a member of `Documented` names
 * has the member's name, other exported types have their own; scalars are written out where they are used.
 */
export function documentedSchemas(folder: string): string {
  const { definitions = {}, properties = {} } = createGenerator({
    path: fileURLToPath(new URL(`../${folder}/documented.ts`, import.meta.url)),
    tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
    type: 'Documented',
    topRef: false,
    additionalProperties: true,
    encodeRefs: false,
    extraTags: ['additionalProperties'],
    skipTypeCheck: true,
  }).createSchema('Documented');
  const types = definitions as Readonly<Record<string, Schema>>;
  const members = Object.entries(properties as Readonly<Record<string, Schema>>);
  const names = new Map(members.flatMap(([name, { $ref }]) => ($ref === undefined ? [] : [[typeOf($ref), name]])));

  function written(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(written);
    if (typeof value !== 'object' || value === null) return value;
    const { $ref, ...schema }: Schema = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, written(v)]));
    if ($ref === undefined) return plain(schema);
    const type = typeOf($ref);
    const scalar = isScalar(types[type]) ? types[type] : undefined;
    return { ...(scalar ?? { $ref: `#/components/schemas/${names.get(type) ?? type}` }), ...schema };
  }

  const lines = [
    ...Object.entries(types).filter(([, schema]) => !isScalar(schema)),
    ...members.filter(([, { $ref }]) => $ref === undefined),
  ]
    .map(([type, schema]) => `${JSON.stringify(names.get(type) ?? type)}:${JSON.stringify(written(schema))}`)
    .toSorted();
  return `{\n${lines.join(',\n')}\n}\n`;
}

const typeOf = ($ref: string): string => $ref.replace('#/definitions/', '');
const isScalar = (schema: Schema | undefined): boolean =>
  ['string', 'number', 'integer'].includes(String(schema?.type)) && schema?.enum === undefined;

/** One type or null as a list of types, and any further member as `true`. */
function plain(schema: Schema): Schema {
  const { anyOf = [], additionalProperties, ...rest } = schema;
  const [first, second, ...others] = anyOf as Schema[];
  if (second?.type === 'null' && typeof first?.type === 'string' && !first.enum && others.length === 0)
    return { ...first, ...rest, type: [first.type, 'null'] };
  const isAny = typeof additionalProperties === 'object' && Object.keys(additionalProperties).length === 0;
  return isAny ? { ...schema, additionalProperties: true } : schema;
}
