import { readFileSync } from 'node:fs';

let page: string | undefined;

/** docs/query-language.md, read at its first use; a build has a copy at the same place. */
export function queryLanguagePage(): string {
  page ??= readFileSync(new URL('../../../../docs/query-language.md', import.meta.url), 'utf8');
  return page;
}
