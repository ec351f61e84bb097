import { existsSync, readFileSync } from 'node:fs';

/** From the sources, and from dist/. */
const places = ['../../../../docs/query-language.md', '../../../../../docs/query-language.md'];
let page: string | undefined;

/** docs/query-language.md, read at its first use. */
export function queryLanguagePage(): string {
  if (page === undefined) {
    const file = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
    if (!file) throw new Error('docs/query-language.md is missing');
    page = readFileSync(file, 'utf8');
  }
  return page;
}
