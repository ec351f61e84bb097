import { globSync, readFileSync } from 'node:fs';
import { matchesGlob, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { suites } from '../suites.ts';

const root = resolve(import.meta.dirname, '../..');

/** Names of the suites that run the spec file. */
const suitesOf = (path: string): string[] =>
  Object.keys(suites).filter((name) => suites[name]!.some((folder) => matchesGlob(path, `${folder}/*.spec.ts`)));

describe('the suites of tests', () => {
  const specs = globSync('**/*.spec.ts', { cwd: root, exclude: ['**/node_modules', 'dist'] });

  it('run each spec file once', () => {
    expect(specs.length).toBeGreaterThan(200);
    expect(specs.filter((path) => suitesOf(path).length !== 1)).toEqual([]);
  });

  it('know a spec file by its folder, and none outside their folders', () => {
    expect(suitesOf('test/forgotten/new.spec.ts')).toEqual([]);
    expect(suitesOf('libs/execution/src/jail/jail-launcher.spec.ts')).toEqual(['integration']);
    expect(suitesOf('libs/kernel/src/ids/ids.spec.ts')).toEqual(['unit']);
  });

  it('poll what a page shows, since it draws later than a test reads', () => {
    const readOnce =
      /expect\([^;\n]*\.(?:title|url|count|textContent|inputValue|isVisible|isChecked|getAttribute|evaluate)\(/;
    const found = globSync('test/browser/*.ts', { cwd: root }).flatMap((path) =>
      readFileSync(resolve(root, path), 'utf8')
        .split('\n')
        .filter((line) => readOnce.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
    expect(readOnce.test('expect(await page.title()).toBe()')).toBe(true);
  });
});
