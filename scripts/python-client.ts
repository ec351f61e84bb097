/** What of clients/python is written by scripts/generated-types.ts. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const pythonPackage = 'clients/python/src/datakeep';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
}

const scalars: Readonly<Record<string, string>> = {
  string: 'str',
  number: 'float',
  integer: 'int',
  boolean: 'bool',
  null: 'None',
  object: 'dict[str, Any]',
};
const keywords: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'is', 'from', 'class', 'def', 'global']);
const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** The schemas of an OpenAPI document as types of dicts. An object inside another is named by its path. */
export function pythonTypes(document: { readonly components: { readonly schemas: Record<string, Schema> } }): string {
  const classes: string[] = [];
  const aliases: string[] = [];

  function typeOf(schema: Schema, name: string): string {
    if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1)!;
    if (schema.enum !== undefined) {
      aliases.push(`${name} = Literal[${schema.enum.map((member) => JSON.stringify(member)).join(', ')}]`);
      return name;
    }
    const branches = schema.anyOf ?? schema.oneOf;
    if (branches !== undefined) return branches.map((branch, at) => typeOf(branch, `${name}${at}`)).join(' | ');
    if (Array.isArray(schema.type)) return schema.type.map((type: string) => scalars[type]!).join(' | ');
    if (schema.type === 'array') return `list[${typeOf(schema.items ?? {}, `${name}Item`)}]`;
    if (schema.type !== 'object') return scalars[schema.type as string] ?? 'Any';
    const { properties, additionalProperties } = schema;
    // A dict of named and of further members has no type of its own.
    if (properties === undefined || typeof additionalProperties === 'object')
      return properties === undefined && typeof additionalProperties === 'object'
        ? `Mapping[str, ${typeOf(additionalProperties, `${name}Member`)}]`
        : 'dict[str, Any]';
    classes.push(dictOf(name, schema, properties));
    return name;
  }

  function dictOf(name: string, { required = [] }: Schema, properties: Readonly<Record<string, Schema>>): string {
    const members = Object.entries(properties).map(([member, schema]) => {
      const type = typeOf(schema, name + capitalised(member));
      return [member, required.includes(member) ? type : `NotRequired[${type}]`] as const;
    });
    if (members.every(([member]) => !keywords.has(member)))
      return `class ${name}(TypedDict):\n${members.map(([member, type]) => `    ${member}: ${type}\n`).join('')}`;
    const lines = members.map(([member, type]) => `        "${member}": "${type}",\n`).join('');
    return `${name} = TypedDict(\n    "${name}",\n    {\n${lines}    },\n)\n`;
  }

  for (const [name, schema] of Object.entries(document.components.schemas)) {
    const type = typeOf(schema, name);
    if (type !== name) aliases.push(`${name}: TypeAlias = "${type}"`);
  }
  return `"""Written by scripts/generated-types.ts from docs/openapi/app.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

${aliases.join('\n')}


${classes.join('\n\n')}`;
}

export const pythonCodes = (codes: readonly string[]): string =>
  `"""Written by scripts/generated-types.ts from the error catalogue."""

from typing import Literal

ProblemCode = Literal[
${codes.map((code) => `    "${code}",\n`).join('')}]
`;

const replacements: readonly (readonly [RegExp, string])[] = [
  [/ \| Async(TokenStore|Checkpoint)\b/g, ''],
  [/Async(TokenStore|Checkpoint), /g, ''],
  [/Iterable\[NewEvent\] \| AsyncIterable\[NewEvent\]/g, 'Iterable[NewEvent]'],
  // Imports, in their order.
  [/import AsyncGenerator, AsyncIterable, Callable, Iterable, /g, 'import Callable, Generator, Iterable, '],
  [/import AsyncGenerator, AsyncIterator, Callable$/gm, 'import Callable, Generator, Iterator'],
  [/import AsyncIterable, Callable, Iterable$/gm, 'import Callable, Iterable'],
  [/import AsyncIterator, Awaitable, Callable, Mapping$/gm, 'import Callable, Iterator, Mapping'],
  [/Awaitable\[(Page\[Item\])\]/g, '$1'],
  [/\bAsyncGenerator\[Change, None\]/g, 'Generator[Change, None, None]'],
  // Stores of the client for threads are not awaited.
  [/\bsettled\(([\w.]+\.(?:load|save)\([^()]*\))\)/g, '$1'],
  [/^from \.runtime import settled\n/gm, ''],
  [/, settled$/gm, ''],
  [/\bStopAsyncIteration\b/g, 'StopIteration'],
  [/\basync (def|for|with) /g, '$1 '],
  [/\bawait /g, ''],
  [/\banext\(/g, 'next('],
  [/\baiter_bytes\b/g, 'iter_bytes'],
  [/\bhttpx\.AsyncClient\b/g, 'httpx.Client'],
  [/\.aread\(/g, '.read('],
  [/\.aclose\(/g, '.close('],
  [/__a(iter|enter|exit)__/g, '__$1__'],
  [/\bAsync([A-Z])/g, '$1'],
];

/** The modules for threads, made from those for asyncio. */
export function synchronousModules(root: string): Readonly<Record<string, string>> {
  const made = globSync('*.py', { cwd: join(root, pythonPackage, '_async') })
    .map((file) => basename(file))
    .filter((file) => file !== 'runtime.py' && file !== '__init__.py')
    .toSorted()
    .map((file) => {
      const text = readFileSync(join(root, pythonPackage, '_async', file), 'utf8');
      const written = replacements.reduce((sofar, [pattern, by]) => sofar.replaceAll(pattern, by), text);
      return [
        `${pythonPackage}/_sync/${file}`,
        `# Made from ../_async/${file} by scripts/generated-types.ts.\n${written}`,
      ];
    });
  return Object.fromEntries(made) as Readonly<Record<string, string>>;
}
