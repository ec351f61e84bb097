import { spawnSync } from 'node:child_process';
import { profileLibrary } from '@datakeep/registry';
import { describe, expect, test } from 'vitest';
import { pythonTypes } from './python-types.ts';

describe('a schema as types of Python', () => {
  test('is a class for each object, with what may be missing, in the order in which they need each other', () => {
    const schema = {
      type: 'object',
      description: 'A walk.',
      properties: {
        distance: { type: 'integer', description: 'In metres.' },
        mood: { enum: ['good', 'bad', null] },
        place: { type: 'object', properties: { name: { type: ['string', 'null'] } }, required: ['name'] },
        tags: { type: 'array', items: { type: 'string' } },
        more: { type: 'object', additionalProperties: { type: 'number' } },
      },
      required: ['distance'],
    };
    expect(pythonTypes(schema, 'Walk')).toBe(
      `from typing import Literal, NotRequired, TypedDict


class WalkPlace(TypedDict):
    name: str | None


class Walk(TypedDict):
    # A walk.
    # In metres.
    distance: int
    mood: NotRequired[Literal["good", "bad", None]]
    place: NotRequired[WalkPlace]
    tags: NotRequired[list[str]]
    more: NotRequired[dict[str, float]]

`,
    );
  });

  test('has members that are no names of Python, choices, definitions, and Any where nothing is known', () => {
    const schema = {
      $defs: {
        point: { properties: { x: { type: 'number' } } },
        tree: { properties: { up: { $ref: '#/$defs/tree' } } },
      },
      properties: {
        '@type': { const: 'Event' },
        class: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/point' }] },
        tree: { $ref: '#/$defs/tree' },
        half: { enum: [0.5] },
        other: true,
        pair: { type: 'array', prefixItems: [{ type: 'number' }] },
        away: { $ref: 'https://schema.example/x' },
      },
    };
    const text = pythonTypes(schema, 'Odd');
    expect(text).toContain('"@type": NotRequired[Literal["Event"]],');
    expect(text).toContain('"class": NotRequired[str | OddClass2Point],');
    expect(text).toContain('class OddTreeTree(TypedDict):\n    up: NotRequired[Any]');
    for (const name of ['half', 'other', 'away']) expect(text).toContain(`"${name}": NotRequired[Any],`);
    expect(text).toContain('"pair": NotRequired[list[Any]],');
    expect(pythonTypes({ type: 'string' }, 'Text')).toBe('Text = str\n');
  });

  test('is a module that Python takes, for each profile of the library and for hostile names', () => {
    const hostile = {
      properties: { '"]; import os #': { enum: ['"""\n\\', '\u2028'] }, ok: { description: 'a\nimport os' } },
      description: '"""\nimport os',
    };
    const modules = [
      ...[...profileLibrary().values()].map(({ schema }) => pythonTypes(schema, 'Payload')),
      pythonTypes(hostile, 'Hostile'),
    ];
    const names = JSON.stringify(modules);
    const check = `import ast, json, sys
for text in json.load(sys.stdin):
    space = {}
    exec(compile(text, 'types', 'exec'), space)
    assert 'os' not in space
    assert all(not isinstance(node, ast.Import) for node in ast.walk(ast.parse(text)))
print('taken')`;
    const { stdout, stderr } = spawnSync('python3', ['-c', check], { input: names, encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['taken\n', '']);
  });
});
