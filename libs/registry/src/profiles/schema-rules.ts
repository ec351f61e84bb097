import { refusalOfPattern } from './safe-pattern.ts';
import { checkReferences, linkReferences } from './schema-references.ts';
import { checkJson, escapePointer, limits, readTree, SchemaRefusal, type SchemaNode } from './schema-tree.ts';
import { dialectOf, formats, type Dialect } from './schema-vocabulary.ts';

const maxUniqueItems = 200;

/** The schema's dialect, after every limit that needs no compilation. Throws `SchemaRefusal`. */
export function checkSchema(schema: unknown): Dialect {
  checkJson(schema);
  if (Buffer.byteLength(JSON.stringify(schema) ?? '') > limits.bytes)
    throw new SchemaRefusal('', `The schema is larger than ${limits.bytes / 1024} KiB.`);
  const dialect = dialectOf(schema);
  if (!dialect) throw new SchemaRefusal('/$schema', 'Only the dialects 2020-12 and draft-07 are supported.');
  const nodes = readTree(schema, dialect);
  for (const node of nodes.values()) checkNode(node);
  linkReferences(nodes);
  checkReferences(nodes);
  return dialect;
}

function checkNode({ schema, pointer }: SchemaNode): void {
  if (typeof schema !== 'object' || schema === null) return;
  const keywords = schema as Readonly<Record<string, unknown>>;
  if (pointer !== '')
    for (const keyword of ['$schema', '$id'])
      if (Object.hasOwn(keywords, keyword))
        throw new SchemaRefusal(`${pointer}/${keyword}`, `\`${keyword}\` may only stand at the root.`);
  if (typeof keywords['pattern'] === 'string') checkPattern(keywords['pattern'], `${pointer}/pattern`);
  const { patternProperties } = keywords;
  if (typeof patternProperties === 'object' && patternProperties !== null)
    for (const pattern of Object.keys(patternProperties))
      checkPattern(pattern, `${pointer}/patternProperties/${escapePointer(pattern)}`);
  if (Object.hasOwn(keywords, 'format') && !formats.includes(keywords['format'] as (typeof formats)[number]))
    throw new SchemaRefusal(`${pointer}/format`, `A format is one of ${formats.join(', ')}.`);
  if (
    keywords['uniqueItems'] === true &&
    !(typeof keywords['maxItems'] === 'number' && keywords['maxItems'] <= maxUniqueItems)
  )
    throw new SchemaRefusal(
      `${pointer}/uniqueItems`,
      `\`uniqueItems\` needs \`maxItems\` of at most ${maxUniqueItems} beside it.`,
    );
}

function checkPattern(pattern: string, pointer: string): void {
  const refusal = refusalOfPattern(pattern);
  if (refusal !== undefined) throw new SchemaRefusal(pointer, refusal);
}
