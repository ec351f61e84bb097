import { identifierOf } from '../identifier.ts';
import { ImportFault, type ImportItem, type Source } from '../importer.ts';
import { isoOf } from '../instant.ts';
import { withoutUndefined, numberOf, wordsOf } from '../json/json-values.ts';
import type { BrowserKind, VisitRow } from './browsers.ts';

const longestAddress = 10_000;

/** Any database of SQLite. */
export const isBrowserHistory = (head: string): boolean => head.startsWith('SQLite format 3\u0000');

/** Visits of Chromium's family (`History`), Firefox (`places.sqlite`) or Safari (`History.db`), in the command only. */
export async function* readBrowserHistory(source: Source): AsyncGenerator<ImportItem, void, undefined> {
  const { disk } = source;
  if (!disk) throw new ImportFault("A browser's history is read by the command only: npx datakeep import FILE.");
  const { openHistory } = await import('./sqlite/open-history.ts');
  const { browser, visits } = await openHistory(source, disk);
  let leftOut = 0;
  for await (const row of visits) {
    if (browser.isLeftOut(numberOf(row['kind']) ?? 0)) leftOut += 1;
    else yield itemOf(row, browser);
  }
  if (leftOut > 0)
    yield { kind: 'note', text: `${leftOut} frames and downloads left out: nobody opened them as pages.` };
}

function itemOf(row: VisitRow, { name, epoch }: BrowserKind): ImportItem {
  const line = Number(row['id']);
  const refused = (reason: string): ImportItem => ({ kind: 'refused', line, reason });
  const createdDate = isoOf(Math.floor(epoch + (numberOf(row['ms']) ?? Number.NaN)));
  if (createdDate === undefined) return refused('The visit has no time.');
  const url = wordsOf(row['url'], longestAddress + 1);
  if (url === undefined) return refused('The visit has no address.');
  if (url.length > longestAddress) return refused('The address is longer than 10,000 characters.');
  const spent = numberOf(row['spent']);
  const referrer = wordsOf(row['referrer'], longestAddress + 1);
  return {
    kind: 'event',
    profile: 'library/web-visit',
    identifier: identifierOf('browser-history', [name, createdDate, url]),
    createdDate,
    payload: withoutUndefined({
      url,
      title: wordsOf(row['title'], 2000),
      spent: spent !== undefined && spent > 0 ? spent : undefined,
      referrer: referrer !== undefined && referrer.length <= longestAddress ? referrer : undefined,
      browser: name,
    }),
    line,
  };
}
