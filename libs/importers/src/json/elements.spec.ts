import { describe, expect, test } from 'vitest';
import { ImportFault } from '../importer.ts';
import { sourceOf } from '../testing.ts';
import { elementsOf, type JsonPath } from './elements.ts';

async function found(text: string, wanted: string, pieceBytes = 1): Promise<object[]> {
  const items: object[] = [];
  const isWanted = (path: JsonPath): boolean => path.join('/') === wanted;
  for await (const item of elementsOf(sourceOf(text, 'sample', pieceBytes), isWanted)) items.push(item);
  return items;
}

describe('values at a path of a JSON text in pieces', () => {
  test('come with their line, of any kind, whatever stands around them', async () => {
    const text =
      '{"x": {"list": [1]},\n "list": [1, "a\\"]}\\\\",\n {"b": [2, {}]}, [], null, -1.5e3 ],\n "y": [[{}]]}';
    expect(await found(text, 'list/[]')).toEqual(
      [
        [1, 2],
        ['a"]}\\', 2],
        [{ b: [2, {}] }, 3],
        [[], 3],
        [null, 3],
        [-1500, 3],
      ].map(([value, line]) => ({ kind: 'element', path: ['list', '[]'], value, line })),
    );
  });

  test('are found below keys that are escaped, and in a list alone', async () => {
    expect(await found('{"\\u0061\\"": {"b": true}}', 'a"/b')).toMatchObject([{ value: true }]);
    expect(await found('[{"a": 1}, 2]', '[]')).toMatchObject([{ value: { a: 1 } }, { value: 2 }]);
  });

  test('are refused alone where they are no JSON, and the end of a cut file is told', async () => {
    expect(await found('[{"a": 1},\n{"a": nope},\n{"a": 2}, {"a":', '[]')).toMatchObject([
      { kind: 'element' },
      { kind: 'refused', line: 2 },
      { value: { a: 2 } },
      { kind: 'refused', line: 3, reason: expect.stringContaining('cut') },
    ]);
  });

  test('may not be larger than 4 MiB, nest without end, or close what is not open', async () => {
    const mebibyte = 1024 * 1024;
    const large = `["${'a'.repeat(5 * mebibyte)}"]`;
    await expect(found(large, '[]', mebibyte)).rejects.toThrow('4 MiB');
    await expect(found(`{${large.slice(1)}`, '[]', mebibyte)).rejects.toThrow(ImportFault);
    expect(await found(large, 'elsewhere', mebibyte)).toEqual([]);
    await expect(found('['.repeat(1000), 'x')).rejects.toThrow('nest too deep');
    await expect(found('[1}', '[]')).rejects.toThrow('no JSON');
  });
});
