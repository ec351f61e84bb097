type Schema = Readonly<Record<string, unknown>>;

const scalars: Readonly<Partial<Record<string, string>>> = {
  string: 'str',
  integer: 'int',
  number: 'float',
  boolean: 'bool',
  null: 'None',
};
const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);
/** Schemas deeper than this are `Any`: a keep takes 32 levels. */
const deepest = 40;

/**
 * A module with the type of what abides by the schema, by the name of the class that is given. What Python's types
 * cannot say, such as bounds and patterns, is left out, so that a legal payload always has the type.
 */
export function pythonTypes(schema: unknown, name: string): string {
  const module = new PythonModule(membersOf(schema));
  const type = module.typeOf(schema, name, 0);
  const alias = type === name ? [] : [`${name} = ${type}`, ''];
  const used = ['Any', 'Literal', 'NotRequired', 'TypedDict'].filter((word) =>
    [...module.classes, type].some((text) => new RegExp(`\\b${word}\\b`).test(text)),
  );
  return [
    ...(used.length > 0 ? [`from typing import ${used.join(', ')}`, '', ''] : []),
    ...module.classes,
    ...alias,
  ].join('\n');
}

class PythonModule {
  /** Each stands behind those that it is made of. */
  readonly classes: string[] = [];
  readonly #names = new Set<string>();
  readonly #definitions = new Map<string, string>();

  constructor(private readonly root: Schema) {}

  typeOf(schema: unknown, name: string, depth: number): string {
    if (!isSchema(schema) || depth > deepest) return 'Any';
    if (typeof schema['$ref'] === 'string') return this.#referred(schema['$ref'], name, depth);
    if ('const' in schema) return literalOf([schema['const']]);
    if (Array.isArray(schema['enum'])) return literalOf(schema['enum']);
    const choices = listOf(schema['anyOf'] ?? schema['oneOf']);
    // Choices of an object that only say which members go together do not change its members.
    if (choices.length > 0 && schema['type'] === undefined && schema['properties'] === undefined)
      return unionOf(choices.map((choice, index) => this.typeOf(choice, `${name}${index + 1}`, depth + 1)));
    const types = Array.isArray(schema['type']) ? (schema['type'] as unknown[]) : [schema['type'] ?? kindOf(schema)];
    return unionOf(types.map((type) => this.#typeNamed(type, schema, name, depth)));
  }

  #typeNamed(type: unknown, schema: Schema, name: string, depth: number): string {
    if (type === 'array') {
      const items = schema['prefixItems'] === undefined ? schema['items'] : undefined;
      return `list[${items === undefined ? 'Any' : this.typeOf(items, `${name}Item`, depth + 1)}]`;
    }
    if (type !== 'object') return scalars[String(type)] ?? 'Any';
    const properties = Object.entries(isSchema(schema['properties']) ? schema['properties'] : {});
    const rest = schema['additionalProperties'];
    if (properties.length > 0) return this.#dictionary(schema, properties, name, depth);
    return `dict[str, ${isSchema(rest) ? this.typeOf(rest, `${name}Value`, depth + 1) : 'Any'}]`;
  }

  #dictionary(
    schema: Schema,
    properties: readonly (readonly [string, unknown])[],
    given: string,
    depth: number,
  ): string {
    const name = this.#free(given);
    const required = new Set(listOf(schema['required']));
    const members = properties.map(([member, its]) => {
      const type = this.typeOf(its, `${name}${wordsOf(member)}`, depth + 1);
      return [member, required.has(member) ? type : `NotRequired[${type}]`, isSchema(its) ? its : {}] as const;
    });
    const plain = members.every(
      ([member]) => /^[A-Za-z_]\w*$/.test(member) && !member.startsWith('__') && !keywords.has(member),
    );
    this.classes.push(
      plain
        ? [
            `class ${name}(TypedDict):`,
            ...commentOf(schema),
            ...members.flatMap(([member, type, its]) => [...commentOf(its), `    ${member}: ${type}`]),
            '',
            '',
          ].join('\n')
        : [
            `${name} = TypedDict(`,
            `    ${JSON.stringify(name)},`,
            '    {',
            ...members.map(([member, type]) => `        ${pythonText(member)}: ${type},`),
            '    },',
            ')',
            '',
            '',
          ].join('\n'),
    );
    return name;
  }

  /** A definition that refers to itself is `Any` within itself. */
  #referred(reference: string, name: string, depth: number): string {
    const known = this.#definitions.get(reference);
    if (known !== undefined) return known;
    const [, group, key] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(reference) ?? [];
    const found = group === undefined || key === undefined ? undefined : membersOf(this.root[group])[key];
    if (found === undefined) return 'Any';
    this.#definitions.set(reference, 'Any');
    const type = this.typeOf(found, `${name}${wordsOf(key ?? '')}`, depth + 1);
    this.#definitions.set(reference, type);
    return type;
  }

  #free(name: string): string {
    let free = name;
    for (let number = 2; this.#names.has(free); number += 1) free = `${name}${number}`;
    this.#names.add(free);
    return free;
  }
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const membersOf = (value: unknown): Schema => (isSchema(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const kindOf = (schema: Schema): string | undefined =>
  'properties' in schema ? 'object' : 'items' in schema ? 'array' : undefined;
const wordsOf = (name: string): string =>
  (name.match(/[A-Za-z0-9]+/g) ?? []).map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');

const unionOf = (types: readonly string[]): string =>
  types.includes('Any') ? 'Any' : [...new Set(types)].join(' | ') || 'Any';

/** Python has no literal of a fraction, a list or an object. */
function literalOf(values: readonly unknown[]): string {
  const literals = values.map((value) => {
    if (typeof value === 'string') return pythonText(value);
    if (typeof value === 'boolean') return value ? 'True' : 'False';
    if (value === null) return 'None';
    return Number.isSafeInteger(value) ? String(value) : undefined;
  });
  return literals.length === 0 || literals.includes(undefined) ? 'Any' : `Literal[${literals.join(', ')}]`;
}

/** A text of JSON is one of Python. */
const pythonText = (text: string): string => JSON.stringify(text);

function commentOf(schema: Schema): string[] {
  const text = typeof schema['description'] === 'string' ? schema['description'] : '';
  const line = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return line === '' ? [] : [`    # ${line}`];
}
