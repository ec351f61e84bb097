/**
 * The file of `paths` that `specifier`, written in `from`, refers to; relative paths only. Undefined when there is
 * none.
 */
export function resolveRelative(from: string, specifier: string, paths: ReadonlySet<string>): string | undefined {
  if (!specifier.startsWith('./') && !specifier.startsWith('../')) return undefined;
  const segments = from.split('/').slice(0, -1);
  for (const segment of specifier.split('/')) {
    if (segment === '.' || segment === '') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  const path = segments.join('/');
  return [
    path,
    `${path}.js`,
    `${path}.mjs`,
    `${path}.cjs`,
    `${path}.json`,
    `${path}/index.js`,
    `${path}/index.mjs`,
  ].find((candidate) => paths.has(candidate));
}

export type ModuleKind = 'commonjs' | 'module' | 'json' | 'other';

/** `.js` follows the entry: CommonJS beside `main.js`, an ES module beside `main.mjs`. */
export function moduleKind(path: string, entry: string): ModuleKind {
  if (path.endsWith('.mjs')) return 'module';
  if (path.endsWith('.cjs')) return 'commonjs';
  if (path.endsWith('.json')) return 'json';
  if (path.endsWith('.js')) return entry === 'main.mjs' ? 'module' : 'commonjs';
  return 'other';
}

export function cannotImport(specifier: string, from: string): string {
  return /^\.\.?\//.test(specifier)
    ? `${from} imports ${JSON.stringify(specifier)}, which is not among the view's files.`
    : `${from} imports ${JSON.stringify(specifier)}: view code can import its own files by relative path only.`;
}
