import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const columns = 120;

/** What may be longer, by pattern. Prettier wraps code but neither comments nor strings. */
const exceptions: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /https?:\/\/\S{80,}/, reason: 'an address cannot be wrapped' },
];

const longLines = (path: string, text: string): string[] =>
  text
    .split('\n')
    .flatMap((line, index) =>
      line.length <= columns || exceptions.some(({ pattern }) => pattern.test(line)) ? [] : [`${path}:${index + 1}`],
    );

it(`no line of the sources is longer than ${columns} columns`, () => {
  const root = new URL('../../', import.meta.url);
  const sources = globSync('{apps,clients,libs,test,bench,scripts,demo,examples}/**/*.{ts,tsx,mjs,js,py}', {
    cwd: root,
    exclude: ['**/node_modules', '**/generated', '**/dist'],
  });
  expect(sources.length).toBeGreaterThan(700);
  expect(sources.flatMap((path) => longLines(path, readFileSync(new URL(path, root), 'utf8')))).toEqual([]);
});

it('a longer line is found by its file and number, unless it holds an address', () => {
  const comment = `// ${'word '.repeat(30)}`;
  expect(longLines('libs/kernel/src/planted.ts', `const a = 1;\n${comment}\n`)).toEqual([
    'libs/kernel/src/planted.ts:2',
  ]);
  expect(longLines('libs/kernel/src/planted.ts', `// https://example.org/${'x'.repeat(120)}`)).toEqual([]);
});
